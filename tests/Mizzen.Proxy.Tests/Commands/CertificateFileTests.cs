using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Mizzen.Identity;
using Mizzen.Proxy.Tests.Tls;
using Mizzen.Testing;

namespace Mizzen.Proxy.Tests.Commands;

/// <summary>Certificates that come from files, which are written anew while the proxy runs.</summary>
public sealed class CertificateFileTests : IDisposable
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;
    private readonly string _folder = Directory.CreateTempSubdirectory("mizzen-files-").FullName;
    private readonly TestCertificates _certificates = new();

    public void Dispose()
    {
        _certificates.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_changed_file_is_used_for_new_connections_and_the_old_ones_live_on()
    {
        Write(_certificates.Host("one.test"));
        await using var program = ProxyProgram.Start(["--config", Configuration()]);
        var address = await ListenerAsync(program);
        using var old = await ConnectAsync(address);
        Assert.Equal("CN=one.test", Subject(old));

        // A key that does not belong to the certificate: what was there stays.
        await File.WriteAllTextAsync(Path.Combine(_folder, "key.pem"), _certificates.Host("other.test").PrivateKeyPem, Cancellation);
        await Eventually.HoldsAsync(() => program.Errors.Contains("changed files cannot be used, what was read before stays: in: ", StringComparison.Ordinal), "it is told", Cancellation);
        using (var still = await ConnectAsync(address))
        {
            Assert.Equal("CN=one.test", Subject(still));
        }

        Write(_certificates.Host("two.test"));
        await Eventually.HoldsAsync(
            async () =>
            {
                using var client = await ConnectAsync(address);
                return Subject(client) == "CN=two.test";
            },
            "the new certificate is used",
            Cancellation);

        await old.WriteAsync("GET / HTTP/1.1\r\nhost: test\r\n\r\n"u8.ToArray(), Cancellation);
        var answer = new byte[15];
        await old.ReadExactlyAsync(answer, Cancellation);
        Assert.Equal("HTTP/1.1 200 OK", System.Text.Encoding.ASCII.GetString(answer));
    }

    private static string Subject(SslStream stream) => stream.RemoteCertificate!.Subject;

    private static async Task<SslStream> ConnectAsync(IPEndPoint address)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address, Cancellation);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true), false, (_, certificate, _, _) => certificate is not null);
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "test" }, Cancellation);
        return stream;
    }

    private static async Task<IPEndPoint> ListenerAsync(ProxyProgram program)
    {
        var admin = await program.EndPointAsync("admin", Cancellation);
        using var http = new HttpClient();
        var lines = "";
        await Eventually.HoldsAsync(
            async () => (lines = await http.GetStringAsync($"http://{admin}/listeners", Cancellation)).StartsWith("in::127.0.0.1:", StringComparison.Ordinal),
            "the listener is open",
            Cancellation);
        return IPEndPoint.Parse(lines.Split('\n')[0].Split("::")[1]);
    }

    private void Write(IssuedCertificate issued)
    {
        File.WriteAllText(Path.Combine(_folder, "key.pem"), issued.PrivateKeyPem);
        File.WriteAllText(Path.Combine(_folder, "cert.pem"), issued.CertificatePem);
    }

    private string Configuration()
    {
        var file = Path.Combine(_folder, "proxy.json");
        File.WriteAllText(file, $$$"""
            {"admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0} } },
             "static_resources": {"listeners": [{"name": "in", "address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}}, "filter_chains": [{
               "transport_socket": {"name": "envoy.transport_sockets.tls", "typed_config": {
                 "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
                 "common_tls_context": {"tls_certificates": [{"certificate_chain": {"filename": "{{{_folder}}}/cert.pem"}, "private_key": {"filename": "{{{_folder}}}/key.pem"}}]} } },
               "filters": [{
                 "name": "envoy.filters.network.http_connection_manager",
                 "typed_config": {
                   "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                   "stat_prefix": "in",
                   "route_config": {"name": "r", "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [
                     {"match": {"prefix": "/"}, "direct_response": {"status": 200}}]}]} } }]}]}]}}
            """);
        return file;
    }
}
