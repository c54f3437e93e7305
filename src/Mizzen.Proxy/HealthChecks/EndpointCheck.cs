using Mizzen.Proxy.Clusters;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Tls;
using Mizzen.Proxy.Upstream;

namespace Mizzen.Proxy.HealthChecks;

/// <summary>The checks of one endpoint, one after another, and what they say of it. Until the first has passed it counts as unhealthy.</summary>
internal sealed class EndpointCheck
{
    private readonly LoopUpstreams _upstreams;
    private readonly EndpointState _endpoint;
    private readonly HealthVerdict _verdict = new();
    private readonly LoopTimer _next;
    private readonly LoopTimer _timeout;
    private IProbe? _probe;

    public EndpointCheck(LoopUpstreams upstreams, EndpointState endpoint, HealthCheckModel model)
    {
        _upstreams = upstreams;
        _endpoint = endpoint;
        Model = model;
        _next = new LoopTimer(Ask);
        _timeout = new LoopTimer(OnTimeout);
        endpoint.Health.FailsChecks = true;
        upstreams.Loop.Arm(_next, upstreams.Random.Below((uint)model.InitialJitter));
    }

    /// <summary>How to ask from the next time on.</summary>
    public HealthCheckModel Model { get; set; }

    /// <summary>Asks no more; the endpoint is as if nobody ever had.</summary>
    public void End()
    {
        _upstreams.Loop.Disarm(_next);
        _upstreams.Loop.Disarm(_timeout);
        _probe?.Cancel();
        _probe = null;
        _endpoint.Health.FailsChecks = false;
        if (_verdict.IsHealthy)
        {
            _upstreams.Count(Model.Counters.Healthy, -1);
        }
    }

    private void Ask()
    {
        _upstreams.Count(Model.Counters.Attempts, 1);
        _upstreams.Loop.Arm(_timeout, Model.Timeout);
        _probe = Probe();
    }

    private IProbe Probe()
    {
        var port = _endpoint.Model.HealthCheckPort > 0 ? _endpoint.Model.HealthCheckPort : Model.Port;
        return Model.Question switch
        {
            HealthQuestionModel.Tcp tcp => new TcpProbe(_upstreams.Connect(_endpoint, ConnectionUse.Bytes, port), tcp, OnOutcome),
            HealthQuestionModel.Grpc grpc => new GrpcProbe(_upstreams, _endpoint, _upstreams.Connect(_endpoint, ConnectionUse.Http2, port), grpc, OnOutcome),
            HealthQuestionModel.Http http => new HttpProbe(
                _upstreams, _endpoint, _upstreams.Connect(_endpoint, http.IsHttp2 ? ConnectionUse.Http2 : ConnectionUse.Http1, port), http, OnOutcome),
            _ => throw new InvalidOperationException("a health check of a kind that the configuration cannot name"),
        };
    }

    private void OnTimeout()
    {
        _probe?.Cancel();
        OnOutcome(ProbeOutcome.Unreachable);
    }

    private void OnOutcome(ProbeOutcome outcome)
    {
        _probe = null;
        _upstreams.Loop.Disarm(_timeout);
        Count(outcome);
        var turned = _verdict.Take(outcome, Model);
        if (turned)
        {
            Turn(outcome);
        }
        else if (Model.LogsFailures && outcome != ProbeOutcome.Passed)
        {
            _upstreams.Loop.Log.Info($"cluster {_endpoint.Cluster.Model.Key}: health check of {_endpoint.Address} failed: {outcome}");
        }

        if (outcome == ProbeOutcome.Passed)
        {
            _endpoint.Health.Readmit(_upstreams.Loop.Now);
        }

        _upstreams.Loop.Arm(_next, Pause(turned));
    }

    private void Turn(ProbeOutcome outcome)
    {
        var wasUsable = !_endpoint.Health.FailsChecks;
        _endpoint.Health.FailsChecks = !_verdict.IsHealthy;
        if (wasUsable != _verdict.IsHealthy)
        {
            _upstreams.Count(Model.Counters.Healthy, _verdict.IsHealthy ? 1 : -1);
        }

        _upstreams.Loop.Log.Info($"cluster {_endpoint.Cluster.Model.Key}: {_endpoint.Address} is {(_verdict.IsHealthy ? "healthy" : $"unhealthy: {outcome}")}");
    }

    private void Count(ProbeOutcome outcome)
    {
        _upstreams.Count(outcome == ProbeOutcome.Passed ? Model.Counters.Successes : Model.Counters.Failures, 1);
        if (outcome == ProbeOutcome.Unreachable)
        {
            _upstreams.Count(Model.Counters.NetworkFailures, 1);
        }
    }

    private long Pause(bool turned)
    {
        var interval = (_verdict.IsHealthy, turned) switch
        {
            (true, true) => Model.HealthyEdgeInterval,
            (true, false) => Model.Interval,
            (false, true) => Model.UnhealthyEdgeInterval,
            _ => Model.UnhealthyInterval,
        };
        var random = _upstreams.Random;
        return interval + random.Below((uint)Model.Jitter) + random.Below((uint)(interval * Model.JitterPercent / 100));
    }
}
