using Mizzen.Proxy.Http;

namespace Mizzen.Proxy.Upstream;

/// <summary>Somebody who wants an upstream connection. A node of the pool's queue, so that waiting allocates nothing.</summary>
internal abstract class PoolWaiter
{
    internal PoolWaiter? Next;
    internal PoolWaiter? Previous;

    /// <summary>The pool in whose queue this is, null when it does not wait.</summary>
    public EndpointPool? WaitingIn { get; internal set; }

    /// <summary>A stream to use for one request. May be called from inside <see cref="EndpointPool.Acquire"/>.</summary>
    /// <param name="stream">On a connection that stands.</param>
    public abstract void OnStream(ClientStream stream);

    /// <summary>There will be no connection. May be called from inside <see cref="EndpointPool.Acquire"/>.</summary>
    /// <param name="fault">Connect failure, connect timeout or overflow.</param>
    /// <param name="error">The system's error number, 0 when there is none.</param>
    /// <param name="reason">What failed above TCP, null when nothing did.</param>
    public abstract void OnNoConnection(UpstreamFault fault, int error, string? reason);
}
