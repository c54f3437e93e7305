namespace Mizzen.Proxy.Loop;

/// <summary>A descriptor that a loop watches, edge-triggered, for everything at once.</summary>
internal abstract class Pollable : DeferredTask
{
    /// <summary>Place in the loop's table, -1 while not registered.</summary>
    internal int Slot = -1;

    /// <summary>Called with the epoll events that arose since the last call.</summary>
    public abstract void OnReady(uint events);

    /// <inheritdoc/>
    public override void OnDeferred()
    {
    }
}
