using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Node;

/// <summary>Kubernetes' three classes of pods, by what they ask for and what they are limited to.</summary>
internal static class QualityOfService
{
    private static readonly string[] Counted = ["cpu", "memory"];

    public static string Of(Pod pod)
    {
        var containers = (pod.Spec?.InitContainers ?? []).Concat(pod.Spec?.Containers ?? []).ToList();
        if (containers.TrueForAll(container => Counted.All(name => Amount(container.Resources?.Requests, name) is null && Amount(container.Resources?.Limits, name) is null)))
        {
            return "BestEffort";
        }

        return containers.TrueForAll(container => Array.TrueForAll(Counted, name => IsFixed(container.Resources, name))) ? "Guaranteed" : "Burstable";
    }

    // A request that is not written is the limit.
    private static bool IsFixed(ResourceRequirements? resources, string name) =>
        Amount(resources?.Limits, name) is { } limit && (Amount(resources?.Requests, name) ?? limit) == limit;

    private static string? Amount(IReadOnlyDictionary<string, IntOrString>? amounts, string name) =>
        amounts is not null && amounts.TryGetValue(name, out var amount) ? amount.ToString() : null;
}
