using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Mizzen.Cluster.Network;
using Mizzen.Testing;

namespace Mizzen.Cluster.Tests.Sandboxed;

/// <summary>Asks the cluster's name server from a pod, as a resolver library would.</summary>
internal static class DnsClient
{
    public static async Task<DnsReply> ResolveAsync(this PodNetwork pod, string name, int type, bool tcp = false, int? ednsSize = null)
    {
        var request = DnsRequest.Of(name, type, ednsSize);
        return new DnsReply(tcp ? await AskTcpAsync(pod, request) : await AskUdpAsync(pod, request));
    }

    public static async Task<byte[]> AskUdpAsync(this PodNetwork pod, byte[] request)
    {
        using var socket = pod.Udp();
        await socket.SendToAsync(request, new IPEndPoint(ClusterNetwork.DnsAddress, 53), TestContext.Current.CancellationToken);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(5));
        var buffer = new byte[4096];
        var received = await socket.ReceiveFromAsync(buffer, PodSockets.Anywhere, patience.Token);
        return buffer[..received.ReceivedBytes];
    }

    private static async Task<byte[]> AskTcpAsync(PodNetwork pod, byte[] request)
    {
        await using var stream = new NetworkStream(await pod.ConnectAsync(ClusterNetwork.DnsAddress, 53), ownsSocket: true);
        byte[] length = [(byte)(request.Length >> 8), (byte)request.Length];
        await stream.WriteAsync((byte[])[.. length, .. request], TestContext.Current.CancellationToken);
        await stream.ReadExactlyAsync(length, TestContext.Current.CancellationToken);
        var answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await stream.ReadExactlyAsync(answer, TestContext.Current.CancellationToken);
        return answer;
    }
}
