using System.Globalization;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers.Deployments;

/// <summary>What a deployment writes on its ReplicaSets, and <c>kubectl rollout</c> reads.</summary>
internal static class RevisionAnnotations
{
    public const string Revision = "deployment.kubernetes.io/revision";
    public const string History = "deployment.kubernetes.io/revision-history";
    public const string DesiredReplicas = "deployment.kubernetes.io/desired-replicas";
    public const string MaxReplicas = "deployment.kubernetes.io/max-replicas";

    // These are about the deployment itself and mean nothing, or something else, on a ReplicaSet.
    private static readonly HashSet<string> NotCopied =
    [
        "kubectl.kubernetes.io/last-applied-configuration", Revision, History, DesiredReplicas, MaxReplicas, "deprecated.deployment.rollback.to",
    ];

    public static long RevisionOf(Resource resource) => Number(resource, Revision) ?? 0;

    public static int? DesiredOf(ReplicaSet set) => (int?)Number(set, DesiredReplicas);

    public static int? MostOf(ReplicaSet set) => (int?)Number(set, MaxReplicas);

    /// <summary>The annotations of the ReplicaSet that carries the current template.</summary>
    /// <param name="deployment">The deployment, whose own annotations are handed down.</param>
    /// <param name="existing">The ReplicaSet's annotations; null when it is about to be made.</param>
    /// <param name="revision">The revision that it is now.</param>
    public static Dictionary<string, string> ForNewSet(Deployment deployment, IReadOnlyDictionary<string, string>? existing, long revision)
    {
        var annotations = new Dictionary<string, string>(existing ?? new Dictionary<string, string>());
        foreach (var (key, value) in deployment.Metadata.Annotations ?? new Dictionary<string, string>())
        {
            if (!NotCopied.Contains(key))
            {
                annotations[key] = value;
            }
        }

        var before = annotations.GetValueOrDefault(Revision);
        if (before is null || (long.TryParse(before, CultureInfo.InvariantCulture, out var old) && old < revision))
        {
            annotations[Revision] = revision.ToString(CultureInfo.InvariantCulture);
            if (before is not null)
            {
                annotations[History] = annotations.TryGetValue(History, out var history) && history.Length > 0 ? $"{history},{before}" : before;
            }
        }

        return annotations;
    }

    /// <summary>The same annotations with the sizes for which the ReplicaSet was last scaled.</summary>
    public static Dictionary<string, string> WithSizes(IReadOnlyDictionary<string, string>? annotations, RolloutLimits limits) =>
        new(annotations ?? new Dictionary<string, string>())
        {
            [DesiredReplicas] = limits.Replicas.ToString(CultureInfo.InvariantCulture),
            [MaxReplicas] = limits.Most.ToString(CultureInfo.InvariantCulture),
        };

    private static long? Number(Resource resource, string annotation) =>
        resource.Metadata.Annotations?.TryGetValue(annotation, out var text) == true
        && long.TryParse(text, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
