using Mizzen.Proxy.Clusters;
using Mizzen.Proxy.Filters;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Routing;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Upstream;

namespace Mizzen.Proxy.Exchanges;

/// <summary>
/// One request and its response: the client's side of it. Finds the route, runs the filters, then answers itself or lets
/// <see cref="Forwarding"/> fetch the answer. Whatever happens, it ends once, with one record for the observer.
/// </summary>
internal sealed class Exchange : IRequestHandler, IFilterHost, IBodySink
{
    private readonly ExchangeServices _services;
    private readonly Forwarding _forwarding;
    private readonly FilterStates _states = new();
    private readonly LoopTimer _wait;
    private readonly StreamTimes _times;
    private ServerStream? _stream;
    private HttpModel _http = new();
    private RouteMatch _match;
    private WeightedClusterModel? _destination;
    private HttpFilter[] _filters = [];
    private int _nextFilter;
    private int _currentFilter;
    private int _bodyLimit;
    private long _begun;
    private bool _requestComplete;
    private bool _responseStarted;
    private bool _isGrpc;
    private IBodyTransform? _requestTransform;
    private GrpcMessageCounter _requestMessages;
    private GrpcMessageCounter _responseMessages;

    public Exchange(ExchangeServices services)
    {
        _services = services;
        _forwarding = new Forwarding(this, services);
        _wait = new LoopTimer(RunFilters);
        _times = new StreamTimes(services.Loop, OnIdle, OnLateRequest, OnDeadline);
    }

    public ExchangeRecord Record { get; } = new();

    public FastRandom Random => _services.Random;

    public PeerIdentity Identity => _services.Identity;

    public long RequestNumber { get; private set; }

    public EventLoop Loop => _services.Loop;

    public LoopUpstreams Upstreams => _services.Upstreams;

    public HttpFilter Filter => _filters[_nextFilter - 1];

    public object? State
    {
        get => _states.Get(_currentFilter);
        set => _states.Set(_currentFilter, value);
    }

    public long BodyLength => _forwarding.KeptLength;

    /// <summary>The response's head is on its way to the client.</summary>
    public bool HasResponseStarted => _responseStarted;

    public void Begin(HttpDownstream downstream, ServerStream stream, ref RequestHead head, bool endOfRequest)
    {
        (head, Record.Request) = (Record.Request, head);
        _stream = stream;
        stream.Handler = this;
        _begun = _services.Loop.Timestamp;
        _http = downstream.Chain.Http;
        _requestComplete = endOfRequest;
        _responseStarted = false;
        _match = default;
        _destination = null;
        _filters = [];
        _nextFilter = 0;
        Record.Listener = downstream.Chain.Listener;
        Record.Http = _http;
        Record.Started = _services.Loop.Clock.GetUtcNow();
        Record.DownstreamRemote = downstream.Remote;
        Record.DownstreamLocal = downstream.Destination;
        Record.Security = downstream.Security;
        if (_http.NormalizePath || _http.MergeSlashes)
        {
            PathNormalization.Apply(Record.Request, _http.NormalizePath, _http.MergeSlashes);
        }

        Record.OriginalPath = Record.Request.PathRange;
        _isGrpc = GrpcProtocol.IsGrpc(Record.Request.Get(KnownHeader.ContentType));
        _requestMessages.Reset();
        _responseMessages.Reset();
        RequestFields.Receive(Record, downstream, _services);
        if (_services.Gate.State.RefusesRequests)
        {
            RespondOverloaded(UpstreamFailure.NoMemory);
            return;
        }

        _times.AwaitRequest(endOfRequest ? 0 : _http.RequestTimeout);
        Route(downstream);
    }

    public void OnRequestData(ReadOnlySpan<byte> data)
    {
        Record.BytesReceived += data.Length;
        _times.OnProgress();
        if (_requestTransform is { } transform)
        {
            transform.Write(data, this);
        }
        else
        {
            TakeRequestData(data);
        }
    }

    void IBodySink.Write(ReadOnlySpan<byte> data) => TakeRequestData(data);

    private void TakeRequestData(ReadOnlySpan<byte> data)
    {
        if (_isGrpc)
        {
            _requestMessages.Take(data);
        }

        if (_bodyLimit == 0)
        {
            _forwarding.OnRequestData(data);
            return;
        }

        _forwarding.Keep(data);
        if (BodyLength > _bodyLimit)
        {
            PauseRequest();
            EndCollection();
        }
    }

    public void OnRequestEnd(Trailers? trailers)
    {
        _requestComplete = true;
        _times.OnRequestEnd();
        _times.OnProgress();
        _requestTransform?.End(this, trailers);
        if (_stream is null)
        {
            return;
        }

        if (_bodyLimit > 0)
        {
            // Trailers may be dropped (RFC 9110 section 6.5.1): behind a body that was read for a filter they are.
            EndCollection();
            return;
        }

        _forwarding.OnRequestEnd(trailers);
    }

    public void OnResponseCongested() => _forwarding.PauseResponse();

    public void OnResponseDrained() => _forwarding.ResumeResponse();

    public void OnClientGone()
    {
        Record.Flags |= ResponseFlags.DownstreamConnectionTermination;
        Record.Details = ResponseDetails.DownstreamDisconnect;
        End();
    }

    public void OnRequestMalformed()
    {
        Record.Flags |= ResponseFlags.DownstreamProtocolError;
        Record.Details = Record.Request.Version == 20 ? ResponseDetails.MessagingViolation : ResponseDetails.CodecError;
        Record.Status = _responseStarted ? Record.Status : 400;
        End();
    }

    public void WaitFor(long milliseconds)
    {
        PauseRequest();
        _services.Loop.Arm(_wait, milliseconds);
    }

    public void TransformResponse(IBodyTransform transform) => _states.Add(transform);

    public void TransformRequest(IBodyTransform transform) => _requestTransform = transform;

    public void BecomeGrpc()
    {
        _isGrpc = true;
        _times.KeepDeadline(_match.Route, Record.Request);
    }

    public void RefuseBody(ReadOnlySpan<byte> text, string details)
    {
        _forwarding.Stop();
        Fail(400, text, ResponseFlags.None, details, details);
    }

    public ResponseHead BeginResponse(int status, ReadOnlySpan<byte> body) => _isGrpc
        ? LocalReplies.Grpc(_services, Record, GrpcProtocol.StatusOf(status), body)
        : LocalReplies.Plain(_services, status, body, "text/plain"u8);

    public void Respond(ResponseHead reply, ReadOnlySpan<byte> body, ResponseFlags flags, string details)
    {
        Record.Flags |= flags;
        Record.Details = details;
        Send(reply, _isGrpc ? default : body);
    }

    public FilterVerdict CollectBody(int limit)
    {
        if (_requestComplete)
        {
            return Filter.OnRequestBody(this, isComplete: true);
        }

        _bodyLimit = Math.Max(1, limit);
        if (Record.Request.ExpectsContinue)
        {
            LocalReplies.Continue(_services, _stream!, Record.Request);
        }

        ResumeRequest();
        return FilterVerdict.Waiting;
    }

    public int CopyBody(Span<byte> target) => _forwarding.CopyKept(target);

    public SuspendedRequest Suspend()
    {
        PauseRequest();
        return new SuspendedRequest(this);
    }

    public void Resume() => RunFilters();

    public void Count(CounterKey counter) => _services.Observer.Count(counter);

    public void Respond(int status, ReadOnlySpan<byte> body, ResponseFlags flags, string details, int grpcStatus = -1) =>
        Respond(status, body, "text/plain"u8, flags, details, grpcStatus);

    /// <summary>The answer of an overloaded cluster or proxy.</summary>
    public void RespondOverloaded(UpstreamFailure failure)
    {
        Record.Flags |= failure.Flags;
        Record.Details = failure.BeforeResponse;
        var reply = BeginResponse(failure.Status, failure.Body);
        reply.Append("x-envoy-overloaded"u8, "true"u8);
        Send(reply, _isGrpc ? default : failure.Body.AsSpan());
    }

    /// <summary>No response or not all of it can come any more. Before it has begun the client gets the failure as an answer, later a broken response.</summary>
    public void Fail(int status, ReadOnlySpan<byte> body, ResponseFlags flags, string before, string after, int grpcStatus = -1)
    {
        if (!_responseStarted)
        {
            Respond(status, body, flags, before, grpcStatus);
            return;
        }

        Record.Flags |= flags;
        Record.Details = after;
        _stream!.Reset();
        End();
    }

    public void OnUpstreamInformational(ResponseHead head) => _stream!.WriteInformational(head);

    /// <summary>Passes the upstream's head on. After a tunnel's head or with <paramref name="endOfResponse"/> the caller decides when the exchange ends.</summary>
    public void OnUpstreamHead(ResponseHead head, bool endOfResponse)
    {
        _responseStarted = true;
        _times.OnProgress();
        Record.Status = head.Status;
        Record.Details = ResponseDetails.ViaUpstream;
        NoteGrpcStatus(head);
        ResponseFields.SetServiceTime(head, Record.UpstreamMilliseconds);
        FinishHead(head);
        _stream!.WriteHead(head, endOfResponse);
        if (head.Status == 101)
        {
            _requestComplete = false;
            _stream.StartTunnel();
        }
    }

    public void OnUpstreamData(ReadOnlySpan<byte> data)
    {
        if (_isGrpc)
        {
            _responseMessages.Take(data);
        }

        _times.OnProgress();
        var stream = _stream!;
        _states.Write(stream, data);
        Record.BytesSent = _states.Sent;
        if (stream.IsCongested)
        {
            _forwarding.PauseResponse();
        }
    }

    public void OnUpstreamEnd(Trailers? trailers)
    {
        if (trailers is not null)
        {
            NoteGrpcStatus(trailers);
        }

        trailers = _states.End(_stream!, trailers);
        Record.BytesSent = _states.Sent;
        _stream!.WriteEnd(trailers);
    }

    public void PauseRequest()
    {
        if (!_requestComplete)
        {
            _stream!.PauseRequest();
        }
    }

    public void ResumeRequest()
    {
        if (!_requestComplete)
        {
            _stream!.ResumeRequest();
        }
    }

    /// <summary>Over: stops everything, tells the observer, and is free for the next request.</summary>
    public void End()
    {
        if (_stream is not { } stream)
        {
            return;
        }

        _stream = null;
        RequestNumber++;
        _bodyLimit = 0;
        _states.Clear();
        _requestTransform?.Dispose();
        _requestTransform = null;
        if (ReferenceEquals(stream.Handler, this))
        {
            stream.Handler = null;
        }

        _services.Loop.Disarm(_wait);
        _times.Stop();
        _forwarding.Stop();
        Record.RequestMessages = _requestMessages.Count;
        Record.ResponseMessages = _responseMessages.Count;
        Record.DurationMicroseconds = (long)_services.Loop.Clock.GetElapsedTime(_begun).TotalMicroseconds;
        _services.Observer.OnExchange(Record);
        Record.Clear();
        _services.Return(this);
    }

    private void Route(HttpDownstream downstream)
    {
        if (_http.Routes is null || RouteMatcher.Match(_http.Routes, Record.Request, Random.Below(1_000_000)) is not { } match)
        {
            Respond(404, default, ResponseFlags.NoRouteFound, ResponseDetails.RouteNotFound);
            return;
        }

        _match = match;
        Record.Route = match.Route;
        if (Record.Request.WantsUpgrade && !RouteFields.AllowsUpgrade(Record.Request, _http))
        {
            Respond(403, default, ResponseFlags.None, ResponseDetails.UpgradeFailed);
            return;
        }

        RouteFields.SetDecorator(Record.Request, _http, match.Route);
        if (match.Route.Action is RouteActionModel.Forward { Clusters: var clusters })
        {
            _destination = clusters.Count == 1 ? clusters[0] : WeightedChoice.Pick(clusters, Random.Below(WeightedChoice.Total(clusters)));
        }

        _filters = downstream.Chain.FiltersOf(match, _destination);
        _times.WatchProgress((match.Route.Action as RouteActionModel.Forward)?.IdleTimeout ?? _http.StreamIdleTimeout);
        if (_isGrpc)
        {
            _times.KeepDeadline(match.Route, Record.Request);
        }

        RunFilters();
    }

    private void RunFilters()
    {
        while (_nextFilter < _filters.Length)
        {
            _currentFilter = _nextFilter++;
            if (_filters[_currentFilter].OnRequest(this) != FilterVerdict.Continue)
            {
                return;
            }
        }

        Act();
    }

    private void EndCollection()
    {
        _bodyLimit = 0;
        if (Filter.OnRequestBody(this, _requestComplete) == FilterVerdict.Continue)
        {
            RunFilters();
        }
    }

    private void Act()
    {
        switch (_match.Route.Action)
        {
            case RouteActionModel.Forward forward:
                _forwarding.Start(_match, forward, _destination!, _requestComplete);
                break;
            case RouteActionModel.Redirect redirect:
                Redirect(redirect);
                break;
            case RouteActionModel.Direct direct:
                Respond(direct.Status, direct.Body, direct.ContentType ?? "text/plain"u8, ResponseFlags.None, ResponseDetails.DirectResponse, grpcStatus: -1);
                break;
        }
    }

    private void Redirect(RouteActionModel.Redirect redirect)
    {
        Record.Details = ResponseDetails.DirectResponse;
        var reply = LocalReplies.Plain(_services, redirect.Status, default, default);
        reply.Append("location"u8, Rewriting.Location(Record.Request, _match.Route.Match, redirect));
        Send(reply, default);
    }

    private void Respond(int status, ReadOnlySpan<byte> body, ReadOnlySpan<byte> contentType, ResponseFlags flags, string details, int grpcStatus)
    {
        Record.Flags |= flags;
        Record.Details = details;
        if (_isGrpc)
        {
            Send(LocalReplies.Grpc(_services, Record, grpcStatus >= 0 ? grpcStatus : GrpcProtocol.StatusOf(status), body), default);
            return;
        }

        Send(LocalReplies.Plain(_services, status, body, contentType), body);
    }

    private void Send(ResponseHead reply, ReadOnlySpan<byte> body)
    {
        var stream = _stream!;
        _responseStarted = true;
        Record.Status = reply.Status;
        FinishHead(reply);
        stream.WriteHead(reply, endOfResponse: body.IsEmpty, local: true);
        reply.Clear();
        if (!body.IsEmpty)
        {
            _states.Write(stream, body);
            _ = _states.End(stream, null);
            Record.BytesSent = Record.Request.IsHead ? 0 : _states.Sent;
            stream.WriteEnd(null);
        }

        End();
    }

    private void FinishHead(ResponseHead head)
    {
        for (var i = Math.Min(_nextFilter, _filters.Length) - 1; i >= 0; i--)
        {
            _currentFilter = i;
            _filters[i].OnResponse(this, head);
        }

        ResponseFields.Finish(head, Record.Request, _http, _services.Date);
    }

    private void NoteGrpcStatus(MessageHead head)
    {
        if (_isGrpc && head.TryGet("grpc-status"u8, out var value) && FieldSyntax.TryReadLength(value, out var status))
        {
            Record.GrpcStatus = (int)status;
        }
    }

    private void OnDeadline()
    {
        _forwarding.Stop();
        Fail(408, "downstream duration timeout"u8, ResponseFlags.DurationTimeout, ResponseDetails.MaxDurationTimeout, ResponseDetails.MaxDurationTimeout, GrpcProtocol.DeadlineExceeded);
    }

    private void OnLateRequest()
    {
        _services.Observer.Count(_http.Counters.RequestTimeouts);
        _forwarding.Stop();
        Fail(408, "request timeout"u8, ResponseFlags.None, ResponseDetails.RequestTimeout, ResponseDetails.RequestTimeout);
    }

    private void OnIdle()
    {
        _forwarding.Stop();
        Fail(
            _requestComplete ? 504 : 408, "stream timeout"u8, ResponseFlags.StreamIdleTimeout, ResponseDetails.StreamIdleTimeout, ResponseDetails.StreamIdleTimeout);
    }
}
