namespace Mizzen.Proxy.Loop;

/// <summary>Something that can ask its loop to be called once more at the end of the turn, without allocation and at most once.</summary>
internal abstract class DeferredTask
{
    /// <summary>Next in the loop's queue of deferred tasks.</summary>
    internal DeferredTask? NextDeferred;

    /// <summary>True while queued.</summary>
    internal bool IsDeferred;

    /// <summary>Called by the loop after the events of the turn.</summary>
    public abstract void OnDeferred();
}
