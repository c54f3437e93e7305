using System.Threading.Channels;

namespace Mizzen.Cluster.Storage;

/// <summary>
/// One watcher's queue. Bounded: a watcher that does not keep up is cut off rather than allowed to hold memory, and lists again.
/// </summary>
internal sealed class WatchSubscription : IDisposable
{
    private const int Capacity = 16 * 1024;

    private readonly Channel<WatchItem> _channel = Channel.CreateBounded<WatchItem>(
        new BoundedChannelOptions(Capacity) { SingleReader = true, AllowSynchronousContinuations = false });

    private readonly Action<WatchSubscription> _unsubscribe;

    internal WatchSubscription(StoreSnapshot? initial, Action<WatchSubscription> unsubscribe)
    {
        Initial = initial;
        _unsubscribe = unsubscribe;
    }

    /// <summary>The state to begin with, when the watcher asked for one.</summary>
    public StoreSnapshot? Initial { get; }

    public ChannelReader<WatchItem> Items => _channel.Reader;

    public void Dispose() => _unsubscribe(this);

    internal void Offer(WatchItem item)
    {
        if (!_channel.Writer.TryWrite(item))
        {
            _channel.Writer.TryComplete();
        }
    }

    internal void Complete() => _channel.Writer.TryComplete();
}

/// <summary>What a watcher receives: a change, or (without one) the assurance that it has seen everything up to a revision.</summary>
internal readonly record struct WatchItem(StoreEvent? Event, long Revision);
