namespace Mizzen.Cluster.Controllers;

/// <summary>
/// What a controller has asked for and its informer has not shown yet. As long as something is outstanding, what the informer knows
/// is no ground for another decision: pods would be made twice.
/// </summary>
internal sealed class Expectations(TimeProvider clock)
{
    // A watch that was interrupted can skip over what was waited for; then the state that it shows now counts.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectName, Dictionary<string, DateTimeOffset>> _outstanding = [];

    public void Creation(ObjectName owner, string name) => Add(owner, "+" + name);

    public void Deletion(ObjectName owner, string? uid) => Add(owner, "-" + uid);

    public void CreationSeen(ObjectName owner, string? name) => Remove(owner, "+" + name);

    public void DeletionSeen(ObjectName owner, string? uid) => Remove(owner, "-" + uid);

    /// <summary>True when nothing is outstanding.</summary>
    public bool AreMet(ObjectName owner)
    {
        lock (_lock)
        {
            return !_outstanding.TryGetValue(owner, out var items) || items.Values.All(since => clock.GetUtcNow() - since > Patience);
        }
    }

    public void Forget(ObjectName owner)
    {
        lock (_lock)
        {
            _outstanding.Remove(owner);
        }
    }

    private void Add(ObjectName owner, string item)
    {
        lock (_lock)
        {
            if (!_outstanding.TryGetValue(owner, out var items))
            {
                _outstanding[owner] = items = [];
            }

            items[item] = clock.GetUtcNow();
        }
    }

    private void Remove(ObjectName owner, string item)
    {
        lock (_lock)
        {
            if (_outstanding.TryGetValue(owner, out var items) && items.Remove(item) && items.Count == 0)
            {
                _outstanding.Remove(owner);
            }
        }
    }
}
