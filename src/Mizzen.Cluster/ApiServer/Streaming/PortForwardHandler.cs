using System.Globalization;
using System.Net.Sockets;
using Mizzen.Cluster.ApiServer.Requests;
using Mizzen.Cluster.ApiServer.Streaming.Spdy;
using Mizzen.Cluster.Node;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.ApiServer.Streaming;

/// <summary><c>pods/portforward</c>: connections to ports of a pod's loopback interface, in SPDY streams or in channels of a WebSocket.</summary>
internal sealed class PortForwardHandler(PodTargets pods)
{
    private const string Tunnel = "SPDY/3.1+portforward.k8s.io";
    // All but the tunnel are one protocol under names of different age.
    private static readonly string[] Protocols = [Tunnel, "v4.channel.k8s.io", "channel.k8s.io", WebSocketUpgrade.Unnamed];

    public async Task ServeAsync(ApiRequest request)
    {
        var pod = pods.Find(request);
        if (pod.Status?.Phase != "Running")
        {
            throw Errors.BadRequest($"unable to forward port because pod is not running. Current status={pod.Status?.Phase}");
        }

        var protocol = await WebSocketUpgrade.NegotiateAsync(request.Http, Protocols);
        var ports = protocol == Tunnel ? [] : PortsOf(request);
        using var socket = await WebSocketUpgrade.AcceptAsync(request.Http, protocol);
        await (protocol == Tunnel
            ? new SpdyForwarding(socket, Dial(pod)).RunAsync(request.Aborted)
            : new ChannelForwarding(new ChannelSocket(socket), ports, Dial(pod)).RunAsync(request.Aborted));
    }

    private PortDialer Dial(Pod pod) => async (port, cancellationToken) =>
    {
        try
        {
            return await pods.Runtime.ConnectAsync(pod.Metadata.Uid!, port, cancellationToken);
        }
        catch (Exception error) when (error is SocketException or NodeException)
        {
            throw new IOException(string.Create(
                CultureInfo.InvariantCulture,
                $"error forwarding port {port} to pod {pod.Metadata.Name}, uid {pod.Metadata.Uid}: failed to connect to localhost:{port} inside its network namespace: {error.Message}"));
        }
    };

    private static List<int> PortsOf(ApiRequest request)
    {
        var texts = request.Http.Request.Query["ports"].OfType<string>().SelectMany(text => text.Split(',')).ToList();
        if (texts.Count == 0)
        {
            throw Errors.BadRequest("query parameter \"ports\" is required");
        }

        return [.. texts.Select(text =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= ushort.MaxValue
                ? port
                : throw Errors.BadRequest($"unable to parse \"{text}\" as a port"))];
    }
}

/// <summary>Connects to a port of the pod.</summary>
/// <exception cref="IOException">It does not answer; the message is for the user.</exception>
internal delegate Task<Socket> PortDialer(int port, CancellationToken cancellationToken);
