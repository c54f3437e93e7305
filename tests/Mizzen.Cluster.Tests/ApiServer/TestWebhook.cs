using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Mizzen.Identity;

namespace Mizzen.Cluster.Tests.ApiServers;

/// <summary>An admission webhook behind a real TLS listener: answers what the test says, and keeps what it was asked.</summary>
internal sealed class TestWebhook : IAsyncDisposable
{
    private readonly CertificateAuthority _authority = CertificateAuthority.Create("webhook-ca", TimeProvider.System);
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2 _certificate;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;
    private readonly Func<JsonNode, JsonObject> _answer;

    public TestWebhook(Func<JsonNode, JsonObject> answer)
    {
        _answer = answer;
        using var issued = _authority.Issue(CertificateProfile.ForServer(["hook.mesh.svc", "localhost"], [IPAddress.Loopback])).ToX509();
        _certificate = X509CertificateLoader.LoadPkcs12(issued.Export(X509ContentType.Pkcs12), null);
        _listener.Start();
        _serving = ServeAsync();
    }

    public ConcurrentQueue<JsonNode> Asked { get; } = new();

    public string CaBundle => Convert.ToBase64String(Encoding.UTF8.GetBytes(_authority.CertificatePem));

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>What the API server's dialer gives for the webhook's Service.</summary>
    public Stream Connect()
    {
        var client = new TcpClient();
        client.Connect(IPAddress.Loopback, Port);
        return client.GetStream();
    }

    public static JsonObject Allow(params string[] patch) => patch.Length == 0
        ? new JsonObject { ["allowed"] = true }
        : new JsonObject { ["allowed"] = true, ["patchType"] = "JSONPatch", ["patch"] = Convert.ToBase64String(Encoding.UTF8.GetBytes($"[{string.Join(',', patch)}]")) };

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _serving;
        _certificate.Dispose();
        _authority.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                await ServeAsync(client);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    // One request a connection is enough.
    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            await using var tls = new SslStream(client.GetStream());
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _stop.Token);
            var review = JsonNode.Parse(await ReadBodyAsync(tls))!;
            Asked.Enqueue(review["request"]!);
            var response = _answer(review["request"]!);
            response["uid"] = (string?)review["request"]!["uid"];
            var body = new JsonObject { ["apiVersion"] = "admission.k8s.io/v1", ["kind"] = "AdmissionReview", ["response"] = response }.ToJsonString();
            await tls.WriteAsync(Encoding.UTF8.GetBytes(
                $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"), _stop.Token);
        }
        catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
        {
            // The caller did not like the certificate, which is what some tests want.
        }
    }

    private async Task<string> ReadBodyAsync(Stream stream)
    {
        var text = new StringBuilder();
        var buffer = new byte[8192];
        while (true)
        {
            var all = text.ToString();
            var head = all.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (head >= 0 && Length(all[..head]) is var length && Encoding.UTF8.GetByteCount(all[(head + 4)..]) >= length)
            {
                return all[(head + 4)..];
            }

            var read = await stream.ReadAsync(buffer, _stop.Token);
            if (read == 0)
            {
                throw new IOException("the request is cut off");
            }

            text.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }
    }

    private static int Length(string head) => int.Parse(
        head.Split("\r\n").First(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)).Split(':')[1],
        System.Globalization.CultureInfo.InvariantCulture);
}
