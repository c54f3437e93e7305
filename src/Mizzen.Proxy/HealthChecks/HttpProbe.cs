using System.Text;

using Mizzen.Proxy.Clusters;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;
using Mizzen.Proxy.Upstream;

namespace Mizzen.Proxy.HealthChecks;

/// <summary>A request whose status is the answer.</summary>
internal sealed class HttpProbe(LoopUpstreams upstreams, EndpointState endpoint, ByteTransport transport, HealthQuestionModel.Http question, Action<ProbeOutcome> onDone)
    : RequestProbe(upstreams, transport, endpoint.Cluster.Model, question.IsHttp2, onDone)
{
    protected override void Send(ClientStream stream)
    {
        var head = new RequestHead();
        var host = endpoint.Model.HealthCheckHost.Length > 0 ? endpoint.Model.HealthCheckHost : question.Host;
        head.Compose(Upstreams.Loop.Buffers, question.Method, question.Path, Encoding.ASCII.GetBytes(host), BodyFraming.None, 0);
        head.Append("user-agent"u8, "Envoy/HC"u8);
        foreach (var field in question.Fields)
        {
            head.Set(field.Name, field.Value);
        }

        stream.Send(head, this, endOfRequest: true);
        head.Clear();
    }

    protected override void Judge(ResponseHead head, bool isWhole) => Conclude(
        StatusRange.Covers(question.Expected, head.Status) ? ProbeOutcome.Passed
        : StatusRange.Covers(question.Retriable, head.Status) ? ProbeOutcome.Failed
        : ProbeOutcome.Refused);
}
