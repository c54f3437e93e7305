using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;

namespace Mizzen.Proxy.Configuration;

/// <summary>Opens gRPC channels to the control plane whose sockets the traffic redirect lets pass.</summary>
internal static class AdsConnection
{
    private const int SolSocket = 1;
    private const int SoMark = 36;
    private const int ProxyMark = 1337;

    public static GrpcChannel Open(AdsOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ActivityHeadersPropagator = null,
            EnableMultipleHttp2Connections = false,
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
            ConnectCallback = ConnectAsync,
        };
        if (options.RootCertificateFile is { } file)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.ImportFromPemFile(file);
            handler.SslOptions.CertificateChainPolicy = policy;
        }

        var scheme = options.RootCertificateFile is null ? "http" : "https";
        return GrpcChannel.ForAddress(
            $"{scheme}://{options.Address}",
            new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true, MaxReceiveMessageSize = 64 * 1024 * 1024 });
    }

    /// <summary>The headers of a stream: who we are.</summary>
    public static Grpc.Core.Metadata Headers(AdsOptions options)
    {
        var headers = new Grpc.Core.Metadata();
        if (options.TokenFile is { } file)
        {
            headers.Add("authorization", "Bearer " + File.ReadAllText(file).Trim());
        }

        return headers;
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            MarkAsOurs(socket);
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Tells the traffic redirect that a socket is the proxy's own.</summary>
    // Where the mark needs a privilege that the proxy does not have, the redirect knows its user instead.
    public static void MarkAsOurs(Socket socket)
    {
        try
        {
            socket.SetRawSocketOption(SolSocket, SoMark, BitConverter.GetBytes(ProxyMark));
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.AccessDenied or SocketError.OperationNotSupported)
        {
            socket.NoDelay = true;
        }
    }
}
