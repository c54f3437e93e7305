using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Mizzen.Proxy.Agent;

/// <summary>Connections of the agent to the application, in the way that the traffic redirect knows and lets pass.</summary>
internal static class LocalHttp
{
    /// <summary>Istio's source address for traffic from the proxy to its own application.</summary>
    private static readonly IPAddress Source = IPAddress.Parse("127.0.0.6");

    [SuppressMessage("Security", "CA5359", Justification = "Kubernetes does not verify certificates in probes either")]
    public static HttpClient Client() => new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
        PooledConnectionLifetime = TimeSpan.Zero,
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, _, _, _) => true },
        ConnectCallback = static async (context, cancellationToken) =>
            new NetworkStream(await ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancellationToken), ownsSocket: true),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Connects to a port of this pod.</summary>
    public static async Task<Socket> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Bind(new IPEndPoint(Source, 0));
            await socket.ConnectAsync(host, port, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
