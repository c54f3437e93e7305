using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace Mizzen.Cluster.Node;

/// <summary>One call of gRPC's health checking protocol, <c>grpc.health.v1.Health/Check</c>: two messages of one field each.</summary>
internal static class GrpcHealth
{
    private const int FrameHeader = 5;
    private const byte ServiceField = 0x0A;
    private const byte StatusField = 0x08;
    private const byte Serving = 1;

    /// <summary>Null when the service is serving, else what it is instead.</summary>
    public static async Task<string?> CheckAsync(Func<CancellationToken, ValueTask<Socket>> dial, string service, CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, token) => new NetworkStream(await dial(token), ownsSocket: true),
        };
        using var http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://pod/grpc.health.v1.Health/Check")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(RequestFor(service)) { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") } },
        };
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        using var response = await http.SendAsync(request, cancellationToken);
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        var code = CodeOf(response);
        return code is null or "0"
            ? body is [_, _, _, _, _, StatusField, Serving, ..] ? null : "the service is not serving"
            : $"gRPC status {code}";
    }

    private static string? CodeOf(HttpResponseMessage response) =>
        response.TrailingHeaders.TryGetValues("grpc-status", out var codes) || response.Headers.TryGetValues("grpc-status", out codes)
            ? codes.First()
            : response.IsSuccessStatusCode ? null : ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);

    // A frame: not compressed, four bytes of length, the message. A service name is shorter than the 128 bytes of a longer length.
    private static byte[] RequestFor(string service)
    {
        var name = Encoding.UTF8.GetBytes(service);
        if (name.Length > 127)
        {
            throw new NodeException($"grpc.service {service} is longer than 127 bytes");
        }

        byte[] message = name.Length == 0 ? [] : [ServiceField, (byte)name.Length, .. name];
        var frame = new byte[FrameHeader + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, FrameHeader);
        return frame;
    }
}
