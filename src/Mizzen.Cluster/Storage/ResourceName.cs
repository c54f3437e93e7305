namespace Mizzen.Cluster.Storage;

/// <summary>Names a stored collection as etcd's prefix does: API group and plural. All versions of a kind share one.</summary>
internal readonly record struct ResourceName(string Group, string Plural)
{
    /// <summary><c>plural</c> for the core group, else <c>plural.group</c>: how Kubernetes' messages name a resource.</summary>
    public override string ToString() => Group.Length == 0 ? Plural : $"{Plural}.{Group}";
}
