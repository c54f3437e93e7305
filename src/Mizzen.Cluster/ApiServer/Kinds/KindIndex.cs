namespace Mizzen.Cluster.ApiServer.Kinds;

/// <summary>What is served at one moment.</summary>
internal sealed class KindIndex
{
    private readonly Dictionary<(string Group, string Version, string Plural), ServedKind> _byPath = [];

    public KindIndex(IReadOnlyList<ServedKind> kinds)
    {
        Kinds = kinds;
        foreach (var kind in kinds)
        {
            _byPath.TryAdd((kind.Group, kind.Version, kind.Plural), kind);
        }

        GroupVersions = [.. kinds.GroupBy(kind => (kind.Group, kind.Version)).Select(group => new GroupVersion(group.Key.Group, group.Key.Version, [.. group]))];
    }

    /// <summary>Everything, in the order in which clients should prefer it.</summary>
    public IReadOnlyList<ServedKind> Kinds { get; }

    public IReadOnlyList<GroupVersion> GroupVersions { get; }

    public ServedKind? Find(string group, string version, string plural) => _byPath.GetValueOrDefault((group, version, plural));

    /// <summary>The kind in its storage version, whatever version is asked for.</summary>
    public ServedKind? FindStored(string group, string plural) =>
        Kinds.FirstOrDefault(kind => kind.Is(group, plural) && kind.IsStorageVersion) ?? Kinds.FirstOrDefault(kind => kind.Is(group, plural));
}

/// <summary>The kinds of one version of one group.</summary>
internal sealed record GroupVersion(string Group, string Version, IReadOnlyList<ServedKind> Kinds)
{
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";
}
