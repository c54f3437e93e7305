using System.Buffers;
using Mizzen.Proxy.Clusters;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Upstream;

/// <summary>What came of a <see cref="SideRequest"/>.</summary>
/// <param name="Status">Status of the answer; 0 when there was none.</param>
/// <param name="Head">The answer's head, valid during the call only; null when there was none.</param>
/// <param name="Body">The answer's body.</param>
/// <param name="GrpcStatus">What the head or the trailers say of a call by gRPC; -1 when they say nothing.</param>
internal readonly record struct SideAnswer(int Status, ResponseHead? Head, byte[] Body, int GrpcStatus = -1);

/// <summary>
/// A request of the proxy's own on a loop, to a cluster: an issuer's keys, an authorization service. One attempt, one answer, kept whole up
/// to a limit. It costs objects, which requests that pass by do not.
/// </summary>
internal sealed class SideRequest : PoolWaiter, IResponseHandler
{
    private readonly LoopUpstreams _upstreams;
    private readonly ClusterKey _cluster;
    private readonly int _limit;
    private readonly LoopTimer _timeout;
    private readonly ResponseHead _response = new();
    private readonly ArrayBufferWriter<byte> _body = new();
    private byte[] _content = [];
    private int _grpcStatus = -1;
    private Action<SideAnswer>? _onDone;
    private EndpointState? _endpoint;
    private ClientStream? _stream;

    /// <param name="upstreams">The loop's way out.</param>
    /// <param name="cluster">Whom to ask.</param>
    /// <param name="limit">Bytes of body beyond which an answer is none.</param>
    public SideRequest(LoopUpstreams upstreams, ClusterKey cluster, int limit)
    {
        _upstreams = upstreams;
        _cluster = cluster;
        _limit = limit;
        _timeout = new LoopTimer(() => Finish(default));
    }

    /// <summary>The request; to be composed before it is sent.</summary>
    public RequestHead Head { get; } = new();

    /// <summary>Clusters that pass on what a client speaks are spoken to by HTTP/2.</summary>
    public bool SpeaksHttp2 { get; init; }

    /// <summary>Composes the head of a unary call of gRPC.</summary>
    /// <param name="path">Service and method.</param>
    /// <param name="authority">What the call names the server.</param>
    /// <param name="length">Length of the framed message.</param>
    /// <param name="metadata">Fields besides.</param>
    public void ComposeCall(ReadOnlySpan<byte> path, ReadOnlySpan<byte> authority, int length, IReadOnlyList<HeaderAddition> metadata)
    {
        Head.Compose(_upstreams.Loop.Buffers, "POST"u8, path, authority, BodyFraming.Length, length);
        Head.Append("content-type"u8, "application/grpc"u8);
        Head.Append("te"u8, "trailers"u8);
        foreach (var added in metadata)
        {
            Head.Set(added.Name, added.Value);
        }
    }

    /// <summary>Sends it; <paramref name="onDone"/> is called once, perhaps before this returns.</summary>
    public void Send(byte[]? body, long timeout, Action<SideAnswer> onDone)
    {
        _onDone = onDone;
        _content = body ?? [];
        if (_upstreams.Find(_cluster) is not { } cluster || _upstreams.Choose(cluster, default) is not { } endpoint)
        {
            Finish(default);
            return;
        }

        if (timeout > 0)
        {
            _upstreams.Loop.Arm(_timeout, timeout);
        }

        _endpoint = endpoint;
        endpoint.Active++;
        _upstreams.PoolOf(endpoint, SpeaksHttp2).Acquire(this);
    }

    /// <summary>Nobody wants the answer any more.</summary>
    public void Cancel()
    {
        _onDone = null;
        Finish(default);
    }

    public override void OnStream(ClientStream stream)
    {
        _stream = stream;
        stream.Send(Head, this, endOfRequest: _content.Length == 0);
        if (_content.Length > 0)
        {
            stream.WriteData(_content);
            stream.WriteEnd(null);
        }
    }

    public override void OnNoConnection(UpstreamFault fault, int error, string? reason) => Finish(default);

    public void OnInformational(ResponseHead head)
    {
    }

    public void OnResponse(ResponseHead head, bool endOfResponse)
    {
        _response.CopyFrom(_upstreams.Loop.Buffers, head);
        NoteStatus(head);
        if (endOfResponse)
        {
            Complete();
        }
    }

    public void OnResponseData(ReadOnlySpan<byte> data)
    {
        if (_body.WrittenCount + data.Length > _limit)
        {
            Finish(default);
            return;
        }

        _body.Write(data);
    }

    public void OnResponseEnd(Trailers? trailers)
    {
        if (trailers is not null)
        {
            NoteStatus(trailers);
        }

        Complete();
    }

    public void OnRequestCongested()
    {
    }

    public void OnRequestDrained()
    {
    }

    public void OnUpstreamGone(UpstreamFault fault, bool received)
    {
        _stream = null;
        Finish(default);
    }

    private void Complete()
    {
        _stream = null;
        Finish(new SideAnswer(_response.Status, _response, _body.WrittenSpan.ToArray(), _grpcStatus));
    }

    private void NoteStatus(MessageHead head)
    {
        if (head.TryGet("grpc-status"u8, out var text) && FieldSyntax.TryReadLength(text, out var status))
        {
            _grpcStatus = (int)status;
        }
    }

    private void Finish(SideAnswer answer)
    {
        _upstreams.Loop.Disarm(_timeout);
        WaitingIn?.Withdraw(this);
        if (_stream is { } stream)
        {
            _stream = null;
            stream.Cancel();
        }

        if (_endpoint is { } endpoint)
        {
            _endpoint = null;
            endpoint.Active--;
            LoopUpstreams.ForgetIfUnused(endpoint);
        }

        var onDone = _onDone;
        _onDone = null;
        onDone?.Invoke(answer);
        Head.Clear();
        _response.Clear();
    }
}
