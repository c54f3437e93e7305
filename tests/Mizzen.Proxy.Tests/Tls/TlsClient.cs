using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mizzen.Identity;

namespace Mizzen.Proxy.Tests.Tls;

/// <summary>A TLS client of .NET's own, which knows nothing of the engine.</summary>
internal sealed class TlsClient : IDisposable
{
    private readonly Socket _socket;
    private readonly NetworkStream _stream;

    private TlsClient(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket);
        Tls = new SslStream(_stream);
    }

    public SslStream Tls { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<TlsClient> ConnectAsync(IPEndPoint address, TestCertificates trust, IssuedCertificate? own = null, string serverName = "test", SslProtocols versions = SslProtocols.None, params string[] protocols)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address, Cancel);
        var client = new TlsClient(socket);
        var options = Trusting(trust, serverName);
        options.EnabledSslProtocols = versions;
        options.ApplicationProtocols = protocols.Length == 0 ? null : [.. protocols.Select(protocol => new SslApplicationProtocol(protocol))];
        options.LocalCertificateSelectionCallback = own is null ? null : (_, _, _, _, _) => own.ToX509();
        try
        {
            await client.Tls.AuthenticateAsClientAsync(options, Cancel);
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>Options that believe the authority, whatever the certificate's name is.</summary>
    public static SslClientAuthenticationOptions Trusting(TestCertificates trust, string serverName)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(trust.Roots());
        return new SslClientAuthenticationOptions
        {
            TargetHost = serverName,
            CertificateChainPolicy = policy,
            RemoteCertificateValidationCallback = (_, _, _, errors) => (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None,
        };
    }

    public async Task SendAsync(string text) => await Tls.WriteAsync(Encoding.Latin1.GetBytes(text), Cancel);

    /// <summary>Exactly that many bytes.</summary>
    public async Task<string> ReadAsync(int count)
    {
        var buffer = new byte[count];
        await Tls.ReadExactlyAsync(buffer, Cancel);
        return Encoding.Latin1.GetString(buffer);
    }

    /// <summary>The body of a response, whose length the caller knows.</summary>
    public async Task<string> ReadResponseAsync(int bodyLength)
    {
        var head = "";
        while (!head.EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            head += await ReadAsync(1);
        }

        return await ReadAsync(bodyLength);
    }

    /// <summary>Everything until the peer's close_notify.</summary>
    public async Task<string> ReadToEndAsync()
    {
        using var all = new MemoryStream();
        await Tls.CopyToAsync(all, Cancel);
        return Encoding.Latin1.GetString(all.ToArray());
    }

    /// <summary>One GET on this connection that it ends.</summary>
    public async Task<string> GetAsync(string path = "/", string fields = "")
    {
        await SendAsync($"GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n{fields}\r\n");
        return await ReadToEndAsync();
    }

    public void Dispose()
    {
        Tls.Dispose();
        _stream.Dispose();
        _socket.Dispose();
    }
}
