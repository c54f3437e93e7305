using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Mizzen.Cluster.Network;

namespace Mizzen.Cluster.Tests.Sandboxed;

/// <summary>Asks the cluster's name server from a pod, as a resolver library would.</summary>
internal static class DnsClient
{
    public static async Task<DnsReply> ResolveAsync(this PodNetwork pod, string name, int type, bool tcp = false, int? ednsSize = null)
    {
        var request = Request(name, type, ednsSize);
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

    public static byte[] Request(string name, int type, int? ednsSize = null)
    {
        var labels = name.Split('.', StringSplitOptions.RemoveEmptyEntries).SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]);
        byte[] options = ednsSize is { } size ? [0, 0, 41, (byte)(size >> 8), (byte)size, 0, 0, 0, 0, 0, 0] : [];
        return [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, (byte)(ednsSize is null ? 0 : 1), .. labels, 0, (byte)(type >> 8), (byte)type, 0, 1, .. options];
    }
}

/// <summary>An answer, read by rules of its own so that it checks the server's.</summary>
internal sealed class DnsReply
{
    public DnsReply(byte[] bytes)
    {
        var flags = BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(2));
        Code = flags & 15;
        IsTruncated = (flags & 0x200) != 0;
        Length = bytes.Length;
        Additional = BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(10));
        var at = 12;
        if (BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(4)) == 1)
        {
            ReadName(bytes, ref at);
            at += 4;
        }

        for (var left = BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(6)); left > 0; left--)
        {
            Records.Add(ReadRecord(bytes, ref at));
        }
    }

    public int Code { get; }

    public bool IsTruncated { get; }

    public int Length { get; }

    public int Additional { get; }

    public List<string> Records { get; } = [];

    private static string ReadRecord(byte[] bytes, ref int at)
    {
        var owner = ReadName(bytes, ref at);
        var type = BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at));
        var length = BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at + 8));
        var data = at + 10;
        at = data + length;
        return type switch
        {
            1 => $"{owner} A {new IPAddress(bytes.AsSpan(data, 4))}",
            5 => $"{owner} CNAME {ReadName(bytes, ref data)}",
            12 => $"{owner} PTR {ReadName(bytes, ref data)}",
            33 => Service(bytes, owner, data),
            _ => $"{owner} TYPE{type}",
        };
    }

    private static string Service(byte[] bytes, string owner, int data)
    {
        var port = BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(data + 4));
        var target = data + 6;
        return $"{owner} SRV {port} {ReadName(bytes, ref target)}";
    }

    private static string ReadName(byte[] bytes, ref int at)
    {
        var labels = new List<string>();
        while (bytes[at] != 0)
        {
            if (bytes[at] >= 0xC0)
            {
                var target = ((bytes[at] & 0x3F) << 8) | bytes[at + 1];
                at += 2;
                labels.Add(ReadName(bytes, ref target));
                return string.Join('.', labels);
            }

            labels.Add(Encoding.ASCII.GetString(bytes, at + 1, bytes[at]));
            at += 1 + bytes[at];
        }

        at++;
        return string.Join('.', labels);
    }
}
