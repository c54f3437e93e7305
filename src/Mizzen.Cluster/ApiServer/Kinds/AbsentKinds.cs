using Mizzen.Cluster.Storage;
using Mizzen.Resources;
using Mizzen.Resources.Core;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.ApiServer.Kinds;

/// <summary>
/// Kinds of Kubernetes that a local cluster does without. They are known, so that clients can ask for them and hear that there are none,
/// and who wants to make one hears why not and what to use instead.
/// </summary>
internal static class AbsentKinds
{
    private const string Volumes = "volumes are emptyDir, configMap, secret, projected, downwardAPI or hostPath";
    private const string Shares = "nobody shares it with you, and nothing limits what you make";

    private static readonly (string Group, string Version, string Kind, string Plural, string[] ShortNames, bool Namespaced, string Instead)[] Table =
    [
        ("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", ["pvc"], true, Volumes),
        ("", "v1", "PersistentVolume", "persistentvolumes", ["pv"], false, Volumes),
        ("storage.k8s.io", "v1", "StorageClass", "storageclasses", ["sc"], false, Volumes),
        ("", "v1", "ReplicationController", "replicationcontrollers", ["rc"], true, "use a Deployment"),
        ("", "v1", "ResourceQuota", "resourcequotas", ["quota"], true, Shares),
        ("", "v1", "LimitRange", "limitranges", ["limits"], true, Shares),
        ("batch", "v1", "CronJob", "cronjobs", ["cj"], true, "make a Job when it is time: kubectl create job"),
        ("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", ["hpa"], true, "say how many pods there are: kubectl scale"),
        ("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", ["netpol"], true, "an AuthorizationPolicy says who may call whom"),
        ("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", ["pc"], false, "no pod has to go for another"),
    ];

    public static IEnumerable<ServedKind> All => Table.Select(row => Make(
        new ResourceKind(
            row.Group, row.Version, [row.Version], row.Kind, row.Plural, row.Kind.ToLowerInvariant(), row.ShortNames, [], row.Namespaced, HasStatus: false, HasScale: false, BuiltIn: true, typeof(ConfigMap)),
        $"a local cluster has no {row.Kind}: {row.Instead}"));

    private static ServedKind Make(ResourceKind kind, string refusal) => new()
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
        Schema = new StructuralSchema { Type = SchemaType.Object, PreserveUnknownFields = true },
        Description = kind,
        ShortNames = kind.ShortNames,
        BuiltIn = true,
        Refusal = refusal,
    };
}
