using System.Threading.Channels;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Scheduling;

/// <summary>Pods without a node: those to be placed now, and those for which there was no place, which wait until something changes.</summary>
internal sealed class PendingPods
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Pod> _now = [];
    private readonly Dictionary<string, Pod> _waiting = [];
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private long _changes;
    private long _changesWhenTaken;

    public void Add(Pod pod)
    {
        lock (_lock)
        {
            _waiting.Remove(UidOf(pod));
            _now[UidOf(pod)] = pod;
        }

        _signal.Writer.TryWrite(true);
    }

    public void Remove(Pod pod)
    {
        lock (_lock)
        {
            _now.Remove(UidOf(pod));
            _waiting.Remove(UidOf(pod));
        }
    }

    /// <summary>There was no place for it; if something has changed since it was taken, there may be one now.</summary>
    public void Park(Pod pod)
    {
        lock (_lock)
        {
            if (_changes == _changesWhenTaken)
            {
                _waiting[UidOf(pod)] = pod;
                return;
            }
        }

        Add(pod);
    }

    /// <summary>Something has changed that may have made room.</summary>
    public void Reconsider()
    {
        lock (_lock)
        {
            _changes++;
            foreach (var (uid, pod) in _waiting)
            {
                _now.TryAdd(uid, pod);
            }

            _waiting.Clear();
            if (_now.Count == 0)
            {
                return;
            }
        }

        _signal.Writer.TryWrite(true);
    }

    /// <summary>Waits for pods and takes them all: the most important first, then the oldest.</summary>
    public async Task<IReadOnlyList<Pod>> TakeAsync(CancellationToken cancellationToken)
    {
        await _signal.Reader.ReadAsync(cancellationToken);
        lock (_lock)
        {
            var pods = _now.Values
                .OrderByDescending(pod => pod.Spec?.Priority ?? 0)
                .ThenBy(pod => pod.Metadata.CreationTimestamp)
                .ThenBy(pod => pod.Metadata.Name, StringComparer.Ordinal)
                .ToList();
            _now.Clear();
            _changesWhenTaken = _changes;
            return pods;
        }
    }

    private static string UidOf(Pod pod) => pod.Metadata.Uid ?? "";
}
