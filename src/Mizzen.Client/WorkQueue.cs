using System.Threading.Channels;

namespace Mizzen.Client;

/// <summary>
/// Keys that wait to be worked on. A key is there once, however often it was added; one that is added while it is being worked on
/// comes again afterwards; one whose work failed comes again later and later.
/// </summary>
public sealed class WorkQueue<TKey>(TimeProvider clock)
    where TKey : notnull
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Channel<TKey> _ready = Channel.CreateUnbounded<TKey>();
    private readonly HashSet<TKey> _waiting = [];
    private readonly HashSet<TKey> _working = [];
    private readonly HashSet<TKey> _again = [];
    private readonly Dictionary<TKey, Backoff> _failures = [];

    /// <summary>Asks for a key to be worked on.</summary>
    public void Add(TKey key)
    {
        lock (_lock)
        {
            if (_working.Contains(key))
            {
                _again.Add(key);
            }
            else if (_waiting.Add(key))
            {
                _ready.Writer.TryWrite(key);
            }
        }
    }

    /// <summary>Asks for a key to be worked on after a while.</summary>
    public void AddAfter(TKey key, TimeSpan delay)
    {
        if (delay <= TimeSpan.Zero)
        {
            Add(key);
            return;
        }

        // The timer keeps itself alive until it has fired.
        ITimer? timer = null;
        timer = clock.CreateTimer(
            _ =>
            {
                Add(key);
                timer?.Dispose();
            },
            null,
            delay,
            Timeout.InfiniteTimeSpan);
    }

    /// <summary>Takes the next key; <see cref="Done"/> or <see cref="Failed"/> must follow.</summary>
    public async ValueTask<TKey> TakeAsync(CancellationToken cancellationToken)
    {
        var key = await _ready.Reader.ReadAsync(cancellationToken);
        lock (_lock)
        {
            _waiting.Remove(key);
            _working.Add(key);
        }

        return key;
    }

    /// <summary>The work on a key succeeded.</summary>
    public void Done(TKey key)
    {
        lock (_lock)
        {
            _failures.Remove(key);
        }

        Release(key);
    }

    /// <summary>The work on a key failed: it comes again, later each time.</summary>
    public void Failed(TKey key)
    {
        TimeSpan pause;
        lock (_lock)
        {
            if (!_failures.TryGetValue(key, out var backoff))
            {
                _failures[key] = backoff = new Backoff(FirstPause, LongestPause);
            }

            pause = backoff.Next();
        }

        Release(key);
        AddAfter(key, pause);
    }

    private void Release(TKey key)
    {
        lock (_lock)
        {
            _working.Remove(key);
            if (_again.Remove(key) && _waiting.Add(key))
            {
                _ready.Writer.TryWrite(key);
            }
        }
    }
}
