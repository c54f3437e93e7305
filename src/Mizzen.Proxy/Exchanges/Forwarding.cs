using Mizzen.Proxy.Clusters;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Routing;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Upstream;

namespace Mizzen.Proxy.Exchanges;

/// <summary>
/// The upstream's side of one exchange: attempts, one at a time, until one is answered, the policy gives up or time is over.
/// </summary>
internal sealed class Forwarding : PoolWaiter, IResponseHandler
{
    private readonly Exchange _exchange;
    private readonly ExchangeServices _services;
    private readonly ReplayBuffer _replay;
    private readonly Mirrors _mirrors;
    private readonly RetryCount _retries = new();
    private readonly List<EndpointState> _tried = [];
    private readonly LoopTimer _timeout;
    private readonly LoopTimer _perTry;
    private readonly LoopTimer _backOff;
    private RouteMatch _match;
    private RouteActionModel.Forward? _action;
    private RetryModel? _retry;
    private ClusterState? _cluster;
    private HashKey _key;
    private EndpointState? _endpoint;
    private ClientStream? _stream;
    private long _sentAt;
    private bool _requestComplete;
    private bool _canReplay;
    private bool _countsRequest;
    private bool _repeated;
    private bool _isReused;
    private bool _isTunnel;
    private bool _responseComplete;

    public Forwarding(Exchange exchange, ExchangeServices services)
    {
        _exchange = exchange;
        _services = services;
        _replay = new ReplayBuffer(services.Loop.Buffers);
        _mirrors = new Mirrors(services);
        _timeout = new LoopTimer(OnTimeout);
        _perTry = new LoopTimer(OnPerTryTimeout);
        _backOff = new LoopTimer(Attempt);
    }

    private ExchangeRecord Record => _exchange.Record;

    public void Start(in RouteMatch match, RouteActionModel.Forward action, WeightedClusterModel destination, bool requestComplete)
    {
        _match = match;
        _action = action;
        _retry = action.Retry ?? match.Host.Retry;
        _requestComplete = requestComplete;
        _canReplay = _retry is not null;
        _repeated = false;
        _isTunnel = false;
        _responseComplete = false;
        _cluster = _services.Upstreams.Find(destination.Cluster);
        if (_cluster is null)
        {
            _exchange.Respond(action.ClusterNotFoundStatus, default, ResponseFlags.NoClusterFound, ResponseDetails.ClusterNotFound);
            return;
        }

        Record.Cluster = _cluster.Model;
        _key = action.Hash.Count > 0 ? HashKey.Of(Record, action.Hash, _services.Random) : default;
        Rewriting.Apply(Record.Request, match.Route.Match, action, destination);
        if (action.Mirrors.Count > 0)
        {
            BeginMirrors(action);
        }

        AttemptHead.SetExpectedTimeout(Record.Request, _retry is { PerTryTimeout: > 0 } ? _retry.PerTryTimeout : action.Timeout);
        if (requestComplete)
        {
            ArmTimeout();
        }

        Attempt();
    }

    /// <summary>Bytes of the body that are kept.</summary>
    public long KeptLength => _replay.Length;

    /// <summary>Takes a part of the body before there is anywhere to send it.</summary>
    public void Keep(ReadOnlySpan<byte> data) => _replay.Append(data);

    /// <summary>Copies the beginning of what is kept; returns the length.</summary>
    public int CopyKept(Span<byte> target) => _replay.CopyTo(target);

    public void OnRequestData(ReadOnlySpan<byte> data)
    {
        _mirrors.Append(data);
        if (_canReplay)
        {
            _canReplay = _replay.TryAppend(data);
        }

        if (_stream is { } stream)
        {
            stream.WriteData(data);
            if (stream.IsCongested)
            {
                _exchange.PauseRequest();
            }
        }
    }

    public void OnRequestEnd(Trailers? trailers)
    {
        _requestComplete = true;
        _canReplay &= trailers is null;
        if (_isTunnel)
        {
            var complete = _responseComplete;
            _stream!.WriteEnd(null);
            if (complete)
            {
                Finish();
            }

            return;
        }

        _mirrors.Send(_action?.Timeout ?? 0);
        ArmTimeout();
        ArmPerTry();
        _stream?.WriteEnd(trailers);
    }

    public void PauseResponse() => _stream?.PauseResponse();

    public void ResumeResponse() => _stream?.ResumeResponse();

    /// <summary>Drops whatever is under way. The exchange hears nothing more.</summary>
    public void Stop()
    {
        var loop = _services.Loop;
        loop.Disarm(_timeout);
        loop.Disarm(_perTry);
        loop.Disarm(_backOff);
        _mirrors.Drop();
        DropAttempt();
        _retries.Reset(_cluster);
        _replay.Clear();
        _tried.Clear();
        _action = null;
        _retry = null;
        _cluster = null;
        _match = default;
    }

    public override void OnStream(ClientStream stream)
    {
        _stream = stream;
        _isReused = stream.IsReused;
        Record.UpstreamLocal = stream.Transport.Local;
        Record.UpstreamSecurity = stream.Transport.Security;
        _sentAt = _services.Loop.Timestamp;
        var endsWithHead = _requestComplete && _replay.Length == 0 && Record.Request.Framing != BodyFraming.Chunked;
        stream.Send(Record.Request, this, endsWithHead);
        if (endsWithHead)
        {
            return;
        }

        _replay.WriteTo(stream);
        if (_requestComplete)
        {
            stream.WriteEnd(null);
        }
        else if (!stream.IsCongested)
        {
            _exchange.ResumeRequest();
        }
    }

    public override void OnNoConnection(UpstreamFault fault, int error, string? reason)
    {
        if (fault != UpstreamFault.Overflow)
        {
            Outliers.OnFailure(_endpoint!, 503, _services.Loop.Now);
        }

        ReleaseEndpoint();
        OnAttemptFailed(fault, error, sent: false, reason);
    }

    public void OnInformational(ResponseHead head) => _exchange.OnUpstreamInformational(head);

    public void OnResponse(ResponseHead head, bool endOfResponse)
    {
        _services.Loop.Disarm(_perTry);
        Outliers.OnStatus(_endpoint!, head.Status, _services.Loop.Now);
        if (_retry is not null && RetryDecision.Covers(_retry, head) && TryEnterRetry())
        {
            RetryInstead(endOfResponse, RetryDecision.PauseWished(_retry, head, _services.Loop.Clock.GetUtcNow().ToUnixTimeSeconds()));
            return;
        }

        _retries.Leave(_cluster!);
        Record.UpstreamMilliseconds = (long)_services.Loop.Clock.GetElapsedTime(_sentAt).TotalMilliseconds;
        _canReplay = false;
        _replay.Clear();
        if (head.Status == 101)
        {
            StartTunnel();
        }

        _key.SetCookie(head);
        _exchange.OnUpstreamHead(head, endOfResponse);
        if (endOfResponse)
        {
            Finish();
        }
    }

    public void OnResponseData(ReadOnlySpan<byte> data) => _exchange.OnUpstreamData(data);

    public void OnResponseEnd(Trailers? trailers)
    {
        _responseComplete = true;
        _exchange.OnUpstreamEnd(trailers);
        if (!_isTunnel || _requestComplete)
        {
            Finish();
        }
    }

    public void OnRequestCongested() => _exchange.PauseRequest();

    public void OnRequestDrained() => _exchange.ResumeRequest();

    public void OnUpstreamGone(UpstreamFault fault, bool received)
    {
        var lostRace = (fault == UpstreamFault.Reset && !received && _isReused) || fault == UpstreamFault.Refused;
        var reason = _stream!.Transport.FailureReason;
        _stream = null;
        if (lostRace && !_repeated && AttemptHead.MayRepeat(Record.Request))
        {
            _repeated = true;
            ReleaseEndpoint();
            Attempt();
            return;
        }

        Outliers.OnFailure(_endpoint!, 503, _services.Loop.Now);
        ReleaseEndpoint();
        OnAttemptFailed(fault, 0, sent: true, reason);
    }

    /// <summary>The copies are of the request as routing has left it, before any attempt.</summary>
    private void BeginMirrors(RouteActionModel.Forward action)
    {
        _mirrors.Begin(Record, action.Mirrors, _key.Value, _match.Host.IncludeAttemptCount);
        if (_requestComplete)
        {
            _mirrors.Send(action.Timeout);
        }
    }

    private void Attempt()
    {
        Record.Attempts = _retries.Count + 1;
        var endpoint = ChooseEndpoint();
        if (endpoint is null)
        {
            _exchange.Respond(503, "no healthy upstream"u8, ResponseFlags.NoHealthyUpstream, ResponseDetails.NoHealthyUpstream);
            return;
        }

        if (!TryEnterRequest())
        {
            OnAttemptFailed(UpstreamFault.Overflow, 0, sent: false);
            return;
        }

        _endpoint = endpoint;
        endpoint.Active++;
        Record.Endpoint = endpoint.Model;
        Record.UpstreamRemote = endpoint.Address;
        AttemptHead.Prepare(Record, endpoint, _action!, _match.Host.IncludeAttemptCount, _services.Identity);
        if (_requestComplete)
        {
            ArmPerTry();
        }
        else
        {
            _exchange.PauseRequest();
        }

        // Last, because the answer may come from inside, and with it the end of the exchange.
        _services.Upstreams.PoolOf(endpoint, Record.Request.Version == 20, new ClientAddresses(Record.DownstreamRemote, Record.DownstreamLocal)).Acquire(this);
    }

    private EndpointState? ChooseEndpoint()
    {
        var endpoint = _services.Upstreams.Choose(_cluster!, Record.DownstreamLocal, _key.Value);
        if (_retry is not { AvoidPreviousHosts: true } || endpoint is null)
        {
            return endpoint;
        }

        for (var i = 1; i < _retry.HostSelectionAttempts && endpoint is not null && _tried.Contains(endpoint); i++)
        {
            endpoint = _services.Upstreams.Choose(_cluster!, Record.DownstreamLocal, _key.Value);
        }

        if (endpoint is not null)
        {
            _tried.Add(endpoint);
        }

        return endpoint;
    }

    private void RetryInstead(bool endOfResponse, long pause)
    {
        // A response that is complete leaves a connection that can be used again; the codec hands it back when this call returns.
        var stream = _stream;
        _stream = null;
        ReleaseEndpoint();
        if (!endOfResponse)
        {
            stream!.Cancel();
        }

        WaitForRetry(pause);
    }

    private void OnAttemptFailed(UpstreamFault fault, int error, bool sent, string? reason = null)
    {
        _services.Loop.Disarm(_perTry);
        if (!_exchange.HasResponseStarted && _retry is not null && RetryDecision.Covers(_retry, fault, sent) && TryEnterRetry())
        {
            WaitForRetry();
            return;
        }

        var failure = UpstreamFailure.Of(fault, error, reason);
        Record.TransportFailure = failure.TransportReason;
        if (fault == UpstreamFault.Overflow)
        {
            _exchange.RespondOverloaded(failure);
            return;
        }

        _exchange.Fail(failure.Status, failure.Body, failure.Flags, failure.BeforeResponse, failure.AfterResponse);
    }

    /// <summary>Takes one of the remaining retries, if the request can be sent again.</summary>
    private bool TryEnterRetry()
    {
        var refusal = ResponseFlags.None;
        var enters = _canReplay && _retries.TryEnter(_cluster!, _retry!, out refusal);
        Record.Flags |= refusal;
        return enters;
    }

    /// <param name="wished">Milliseconds that the endpoint has asked for; 0 for the policy's own pause.</param>
    private void WaitForRetry(long wished = 0)
    {
        _exchange.PauseRequest();

        // Up to half as much again, or all whom the endpoint told the same would come back at once.
        var pause = wished > 0
            ? wished + _services.Random.Below((uint)(wished / 2))
            : _services.Random.Below((uint)RetryDecision.BackOffBound(_retry!, _retries.Count));
        _services.Loop.Arm(_backOff, pause);
    }

    private bool TryEnterRequest()
    {
        // Most clusters have no limit: then the shared counter is left alone.
        var limits = _cluster!.Model.Limits;
        _countsRequest = limits.CountsRequests;
        if (!_countsRequest || _cluster.Circuit.TryEnter(CircuitResource.Requests, limits.Requests))
        {
            return true;
        }

        _countsRequest = false;
        return false;
    }

    private void StartTunnel()
    {
        _isTunnel = true;
        _requestComplete = false;
        _services.Loop.Disarm(_timeout);
    }

    private void Finish()
    {
        _stream = null;
        ReleaseEndpoint();
        _exchange.End();
    }

    private void DropAttempt()
    {
        WaitingIn?.Withdraw(this);
        if (_stream is { } stream)
        {
            _stream = null;
            stream.Cancel();
        }

        ReleaseEndpoint();
    }

    private void ReleaseEndpoint()
    {
        if (_endpoint is { } endpoint)
        {
            _endpoint = null;
            endpoint.Active--;
            if (_countsRequest)
            {
                _countsRequest = false;
                _cluster!.Circuit.Leave(CircuitResource.Requests);
            }

            LoopUpstreams.ForgetIfUnused(endpoint);
        }
    }

    private void ArmTimeout()
    {
        if (_action is { Timeout: > 0 } action)
        {
            _services.Loop.Arm(_timeout, action.Timeout);
        }
    }

    private void ArmPerTry()
    {
        if (_retry is { PerTryTimeout: > 0 } retry && !_exchange.HasResponseStarted)
        {
            _services.Loop.Arm(_perTry, retry.PerTryTimeout);
        }
    }

    private void OnTimeout()
    {
        NoteTimeout();
        DropAttempt();
        _exchange.Fail(504, "upstream request timeout"u8, ResponseFlags.UpstreamRequestTimeout, ResponseDetails.ResponseTimeout, ResponseDetails.ResponseTimeout);
    }

    private void OnPerTryTimeout()
    {
        NoteTimeout();
        DropAttempt();
        if (RetryDecision.Covers(_retry!, UpstreamFault.Reset, sent: true) && TryEnterRetry())
        {
            WaitForRetry();
            return;
        }

        _exchange.Fail(504, "upstream request timeout"u8, ResponseFlags.UpstreamRequestTimeout, ResponseDetails.PerTryTimeout, ResponseDetails.PerTryTimeout);
    }

    private void NoteTimeout()
    {
        if (_endpoint is { } endpoint)
        {
            Outliers.OnFailure(endpoint, 504, _services.Loop.Now);
        }
    }
}
