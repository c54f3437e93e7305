using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Analysis;

/// <summary>Sidecars that want the same pods: only one is in force for each.</summary>
internal static class SidecarAnalysis
{
    public static IEnumerable<Problem> Of(MeshSnapshot mesh) =>
        mesh.Resources.Sidecars.GroupBy(sidecar => sidecar.Metadata.Namespace).SelectMany(group => General([.. group]).Concat(Selecting([.. group], mesh)));

    private static IEnumerable<Problem> General(List<Sidecar> sidecars)
    {
        var general = sidecars.Where(sidecar => sidecar.Spec?.WorkloadSelector?.Labels is not { Count: > 0 }).OrderBy(sidecar => sidecar.Metadata.CreationTimestamp).ToList();
        return general.Skip(1).Select(sidecar => new Problem(
            IstioCodes.MultipleSidecarsWithoutWorkloadSelectors, KeyOf(sidecar), "spec.workloadSelector", $"The Sidecars [{string.Join(" ", general.Select(each => each.Metadata.Name))}] in namespace \"{sidecar.Metadata.Namespace}\" have no workload selector, which can lead to undefined behavior.", $"only the oldest, {general[0].Metadata.Name}, is in force; give this one a workloadSelector, or remove it"));
    }

    private static IEnumerable<Problem> Selecting(List<Sidecar> sidecars, MeshSnapshot mesh)
    {
        foreach (var sidecar in sidecars.Where(sidecar => sidecar.Spec?.WorkloadSelector?.Labels is { Count: > 0 }))
        {
            var pods = mesh.Workloads.In(sidecar.Metadata.Namespace ?? "").Where(pod => Labels.Include(pod.Labels, sidecar.Spec!.WorkloadSelector!.Labels)).ToList();
            if (pods.Count == 0)
            {
                yield return new Problem(IstioCodes.NoMatchingWorkloadsFound, KeyOf(sidecar), "spec.workloadSelector", $"No matching workloads for this resource with the following labels: {string.Join(",", sidecar.Spec!.WorkloadSelector!.Labels!.Select(label => $"{label.Key}={label.Value}"))}", "correct the labels");
            }

            var rival = sidecars.FirstOrDefault(other => other != sidecar && other.Spec?.WorkloadSelector?.Labels is { Count: > 0 } labels && pods.Any(pod => Labels.Include(pod.Labels, labels)));
            if (rival is not null)
            {
                yield return new Problem(
                    IstioCodes.ConflictingSidecarWorkloadSelectors, KeyOf(sidecar), "spec.workloadSelector", $"The Sidecars [{sidecar.Metadata.Name} {rival.Metadata.Name}] in namespace \"{sidecar.Metadata.Namespace}\" select the same workload pod \"{pods.First(pod => Labels.Include(pod.Labels, rival.Spec!.WorkloadSelector!.Labels)).Name}\", which can lead to undefined behavior.", "make the selectors exclude each other");
            }
        }
    }

    private static ResourceKey KeyOf(Sidecar sidecar) => new("networking.istio.io", "Sidecar", sidecar.Metadata.Namespace, sidecar.Metadata.Name ?? "");
}
