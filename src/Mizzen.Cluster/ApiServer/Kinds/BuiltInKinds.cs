using Mizzen.Cluster.Storage;
using Mizzen.Resources;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.ApiServer.Kinds;

/// <summary>The kinds that the server has by itself, current and old versions.</summary>
internal static class BuiltInKinds
{
    private static readonly Dictionary<string, string[]> Selectable = new()
    {
        ["pods"] = ["spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork", "status.phase", "status.podIP", "status.nominatedNodeName"],
        ["events"] =
        [
            "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid", "involvedObject.apiVersion",
            "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type",
        ],
        ["nodes"] = ["spec.unschedulable"],
        ["namespaces"] = ["status.phase"],
        ["secrets"] = ["type"],
        ["services"] = ["spec.clusterIP", "spec.type"],
        ["replicasets"] = ["status.replicas"],
        ["jobs"] = ["status.successful"],
    };

    // Versions that Kubernetes served once and that manifests in the wild still carry; their fields are those of the current version.
    private static readonly (string Group, string Version, string Plural, string CurrentGroup)[] Old =
    [
        ("extensions", "v1beta1", "deployments", "apps"),
        ("extensions", "v1beta1", "replicasets", "apps"),
        ("apps", "v1beta1", "deployments", "apps"),
        ("apps", "v1beta2", "deployments", "apps"),
        ("apps", "v1beta2", "replicasets", "apps"),
        ("apps", "v1beta2", "daemonsets", "apps"),
        ("apps", "v1beta1", "statefulsets", "apps"),
        ("apps", "v1beta2", "statefulsets", "apps"),
        ("extensions", "v1beta1", "daemonsets", "apps"),
    ];

    /// <summary>Current versions first.</summary>
    public static IReadOnlyList<ServedKind> All { get; } = MakeAll();

    private static List<ServedKind> MakeAll()
    {
        var current = KindCatalog.All.Where(kind => kind.BuiltIn).Select(Make).ToList();
        var old = Old.Select(entry => MakeOld(current.First(kind => kind.Is(entry.CurrentGroup, entry.Plural)), entry.Group, entry.Version));
        return [.. current, .. AbsentKinds.All, .. old];
    }

    private static ServedKind Make(ResourceKind kind) => new()
    {
        Group = kind.Group,
        Version = kind.Version,
        Kind = kind.Kind,
        ListKind = kind.Kind + "List",
        Plural = kind.Plural,
        Singular = kind.Singular,
        Namespaced = kind.Namespaced,
        Storage = new ResourceName(kind.Group, kind.Plural),
        StorageApiVersion = kind.ApiVersion,
        Schema = SchemaGenerator.For(kind.ClrType),
        Description = kind,
        ShortNames = kind.ShortNames,
        Categories = kind.Categories,
        HasStatus = kind.HasStatus,
        Scale = kind.HasScale ? new ScalePaths(".spec.replicas", ".status.replicas", null) : null,
        BuiltIn = true,
        SelectableFields = Selectable.GetValueOrDefault(kind.Plural) ?? [],
    };

    private static ServedKind MakeOld(ServedKind current, string group, string version) => current with
    {
        Group = group,
        Version = version,
        Description = current.Description with { Group = group },
        // kubectl warns of a short name that two groups have, and asks for all that are in a category.
        ShortNames = [],
        Categories = [],
        DeprecationWarning = $"{group}/{version} {current.Kind} is deprecated in v1.9+, unavailable in v1.16+; use {current.ApiVersion} {current.Kind}",
    };
}
