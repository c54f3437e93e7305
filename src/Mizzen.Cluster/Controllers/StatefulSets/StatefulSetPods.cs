using System.Globalization;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Controllers.StatefulSets;

/// <summary>The pods of a StatefulSet: each with a name that it keeps, and that DNS knows below the set's service.</summary>
internal static class StatefulSetPods
{
    private const string NameLabel = "statefulset.kubernetes.io/pod-name";
    private const string NumberLabel = "apps.kubernetes.io/pod-index";

    /// <param name="set">The StatefulSet.</param>
    /// <param name="template">The template that this pod is made of.</param>
    /// <param name="revision">The template's name.</param>
    /// <param name="number">Which one.</param>
    public static Pod Make(StatefulSet set, PodTemplateSpec? template, string revision, int number)
    {
        var index = number.ToString(CultureInfo.InvariantCulture);
        var name = $"{set.Metadata.Name}-{index}";
        var pod = PodFromTemplate.Create(set, template, new Dictionary<string, string> { [NameLabel] = name, [NumberLabel] = index, [RevisionHistory.HashLabel] = revision });
        return pod with
        {
            Metadata = pod.Metadata with { Name = name },
            Spec = (pod.Spec ?? new PodSpec()) with { Hostname = name, Subdomain = set.Spec?.ServiceName },
        };
    }

    /// <summary>Whether a new pod of this number is still of the template before the newest.</summary>
    public static bool StaysOld(StatefulSet set, int number) =>
        set.Spec?.UpdateStrategy is { Type: "RollingUpdate", RollingUpdate.Partition: { } partition } && number < partition;
}
