using System.Buffers;
using System.Text;

using Google.Protobuf;

using Mizzen.Proxy.Clusters;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;
using Mizzen.Proxy.Upstream;

namespace Mizzen.Proxy.HealthChecks;

/// <summary>A call of <c>grpc.health.v1.Health/Check</c> (gRPC's document "GRPC Health Checking Protocol").</summary>
internal sealed class GrpcProbe(LoopUpstreams upstreams, EndpointState endpoint, ByteTransport transport, HealthQuestionModel.Grpc question, Action<ProbeOutcome> onDone)
    : RequestProbe(upstreams, transport, endpoint.Cluster.Model, isHttp2: true, onDone)
{
    private const int LongestAnswer = 4096;
    private const int Serving = 1;

    private static readonly uint ServiceTag = WireFormat.MakeTag(1, WireFormat.WireType.LengthDelimited);
    private static readonly uint StatusTag = WireFormat.MakeTag(1, WireFormat.WireType.Varint);

    private readonly ArrayBufferWriter<byte> _answer = new();

    public override void OnResponseData(ReadOnlySpan<byte> data)
    {
        if (_answer.WrittenCount + data.Length > LongestAnswer)
        {
            Conclude(ProbeOutcome.Failed);
            return;
        }

        _answer.Write(data);
    }

    public override void OnResponseEnd(Trailers? trailers)
    {
        base.OnResponseEnd(trailers);
        var isOk = trailers is not null && trailers.TryGet("grpc-status"u8, out var status) && status.SequenceEqual("0"u8);
        Conclude(isOk && IsServing(_answer.WrittenSpan) ? ProbeOutcome.Passed : ProbeOutcome.Failed);
    }

    /// <summary>An answer of one message that says SERVING.</summary>
    internal static bool IsServing(ReadOnlySpan<byte> answer)
    {
        if (!GrpcMessage.TryRead(answer, out var bytes))
        {
            return false;
        }

        try
        {
            var status = 0;
            using var message = new CodedInputStream(bytes.ToArray());
            for (var tag = message.ReadTag(); tag != 0; tag = message.ReadTag())
            {
                if (tag == StatusTag)
                {
                    status = message.ReadEnum();
                }
                else
                {
                    message.SkipLastField();
                }
            }

            return status == Serving;
        }
        catch (InvalidProtocolBufferException)
        {
            return false;
        }
    }

    protected override void Send(ClientStream stream)
    {
        var body = Message();
        var head = new RequestHead();
        var host = endpoint.Model.HealthCheckHost.Length > 0 ? endpoint.Model.HealthCheckHost : question.Host;
        head.Compose(Upstreams.Loop.Buffers, "POST"u8, "/grpc.health.v1.Health/Check"u8, Encoding.ASCII.GetBytes(host), BodyFraming.Length, body.Length);
        head.Append("content-type"u8, "application/grpc"u8);
        head.Append("te"u8, "trailers"u8);
        head.Append("user-agent"u8, "Envoy/HC"u8);
        stream.Send(head, this, endOfRequest: false);
        stream.WriteData(body);
        stream.WriteEnd(null);
        head.Clear();
    }

    /// <summary>An answer that ends with its head has no message, and so no health.</summary>
    protected override void Judge(ResponseHead head, bool isWhole)
    {
        if (isWhole || head.Status != 200)
        {
            Conclude(ProbeOutcome.Failed);
        }
    }

    private byte[] Message()
    {
        using var stream = new MemoryStream();
        using (var message = new CodedOutputStream(stream, leaveOpen: true))
        {
            if (question.Service.Length > 0)
            {
                message.WriteTag(ServiceTag);
                message.WriteString(question.Service);
            }
        }

        return GrpcMessage.Frame(stream.ToArray());
    }
}
