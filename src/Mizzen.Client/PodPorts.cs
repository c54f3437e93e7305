using System.Globalization;
using System.Net.WebSockets;

namespace Mizzen.Client;

/// <summary>
/// Connects to ports of a pod's loopback interface through the API server (<c>pods/portforward</c>): what listens there is not reachable
/// otherwise, and who may connect is decided by the cluster's authorization.
/// </summary>
public static class PodPorts
{
    /// <summary>An HTTP client whose every connection ends at that port of that pod.</summary>
    /// <param name="api">A connection to the API server.</param>
    /// <param name="ns">The pod's namespace.</param>
    /// <param name="pod">The pod's name.</param>
    /// <param name="port">The port, from 1 to 65535.</param>
    public static HttpClient Http(HttpClient api, string ns, string pod, int port)
    {
        ArgumentNullException.ThrowIfNull(api);
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ActivityHeadersPropagator = null,
            ConnectCallback = (_, cancellationToken) => ConnectAsync(api, ns, pod, port, cancellationToken),
        };
        return new HttpClient(handler) { BaseAddress = new Uri("http://localhost:" + port.ToString(CultureInfo.InvariantCulture)) };
    }

    /// <summary>One connection.</summary>
    /// <exception cref="WebSocketException">The API server does not allow it, or there is no such pod.</exception>
    public static async ValueTask<Stream> ConnectAsync(HttpClient api, string ns, string pod, int port, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(api);
        var target = string.Create(
            CultureInfo.InvariantCulture, $"/api/v1/namespaces/{Uri.EscapeDataString(ns)}/pods/{Uri.EscapeDataString(pod)}/portforward?ports={port}");
        var address = new UriBuilder(new Uri(api.BaseAddress!, target)) { Scheme = api.BaseAddress!.Scheme == "https" ? "wss" : "ws" };
        var socket = new ClientWebSocket();
        try
        {
            socket.Options.AddSubProtocol(PodPortStream.Protocol);
            await socket.ConnectAsync(address.Uri, api, cancellationToken);
            return new PodPortStream(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
