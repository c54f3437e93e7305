using Mizzen.Proxy.Http;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Exchanges;

/// <summary>The times that a client's stream is given: without progress, to its request's end, and altogether.</summary>
internal sealed class StreamTimes(EventLoop loop, Action onIdle, Action onLateRequest, Action onDeadline)
{
    private readonly LoopTimer _idle = new(onIdle);
    private readonly LoopTimer _request = new(onLateRequest);
    private readonly LoopTimer _deadline = new(onDeadline);
    private long _idleMilliseconds;

    /// <summary>How long nothing may happen from now on; 0 for as long as it likes.</summary>
    public void WatchProgress(long milliseconds)
    {
        _idleMilliseconds = milliseconds;
        OnProgress();
    }

    /// <summary>How long the request may take from now to its end; 0 for as long as it likes.</summary>
    public void AwaitRequest(long milliseconds)
    {
        if (milliseconds > 0)
        {
            loop.Arm(_request, milliseconds);
        }
    }

    public void OnRequestEnd() => loop.Disarm(_request);

    public void OnProgress()
    {
        if (_idleMilliseconds > 0)
        {
            loop.Arm(_idle, _idleMilliseconds);
        }
    }

    /// <summary>The time that a gRPC client gives its call, where the route cares for it.</summary>
    public void KeepDeadline(RouteModel route, RequestHead request)
    {
        if (route.Action is RouteActionModel.Forward { GrpcTimeoutMax: { } most }
            && request.TryGet("grpc-timeout"u8, out var text) && GrpcProtocol.TryReadTimeout(text, out var milliseconds))
        {
            loop.Arm(_deadline, Math.Max(1, most > 0 ? Math.Min(most, milliseconds) : milliseconds));
        }
    }

    public void Stop()
    {
        _idleMilliseconds = 0;
        loop.Disarm(_idle);
        loop.Disarm(_request);
        loop.Disarm(_deadline);
    }
}
