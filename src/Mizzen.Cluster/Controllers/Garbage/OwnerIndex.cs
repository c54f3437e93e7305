using Mizzen.Resources;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers.Garbage;

/// <summary>Names one object of any kind, this very one.</summary>
internal readonly record struct ObjectIdentity(ResourceKind Kind, string Namespace, string Name, string Uid)
{
    public static ObjectIdentity Of(ResourceKind kind, ObjectMeta metadata) =>
        new(kind, metadata.Namespace ?? "", metadata.Name ?? "", metadata.Uid ?? "");

    public bool Equals(ObjectIdentity other) => Uid == other.Uid;

    public override int GetHashCode() => Uid.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => $"{Kind.Kind} {(Namespace.Length == 0 ? Name : $"{Namespace}/{Name}")}";
}

/// <summary>Who depends on whom.</summary>
internal sealed class OwnerIndex
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, HashSet<ObjectIdentity>> _dependents = [];

    public void Take(MetadataChange change)
    {
        var identity = ObjectIdentity.Of(change.Kind, change.Metadata);
        var before = OwnersOf(change.Old);
        var after = OwnersOf(change.New);
        if (before.Count + after.Count == 0)
        {
            return;
        }

        lock (_lock)
        {
            foreach (var owner in before.Except(after))
            {
                Remove(owner, identity);
            }

            foreach (var owner in after)
            {
                Add(owner, identity);
            }
        }
    }

    public IReadOnlyList<ObjectIdentity> DependentsOf(string? uid)
    {
        lock (_lock)
        {
            return uid is not null && _dependents.TryGetValue(uid, out var found) ? [.. found] : [];
        }
    }

    private static HashSet<string> OwnersOf(ObjectMeta? metadata) => metadata?.OwnerReferences is { Count: > 0 } owners ? [.. owners.Select(owner => owner.Uid)] : [];

    private void Add(string owner, ObjectIdentity dependent)
    {
        if (!_dependents.TryGetValue(owner, out var set))
        {
            _dependents[owner] = set = [];
        }

        set.Add(dependent);
    }

    private void Remove(string owner, ObjectIdentity dependent)
    {
        if (_dependents.TryGetValue(owner, out var set) && set.Remove(dependent) && set.Count == 0)
        {
            _dependents.Remove(owner);
        }
    }
}
