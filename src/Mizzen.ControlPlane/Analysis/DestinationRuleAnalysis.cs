using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Networking;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Analysis;

/// <summary>DestinationRules for hosts that nothing defines, subsets without pods, and rules that an older one hides.</summary>
internal static class DestinationRuleAnalysis
{
    public static IEnumerable<Problem> Of(MeshSnapshot mesh) => mesh.DestinationRules.All.SelectMany(rule => Hosts(rule, mesh).Concat(Shadowed(rule)));

    private static IEnumerable<Problem> Hosts(MeshDestinationRule rule, MeshSnapshot mesh)
    {
        var services = mesh.Services.OfHost(rule.Host);
        if (services.Count == 0)
        {
            services = [.. mesh.Services.All.Where(service => HostName.Intersects(service.Host, rule.Host))];
        }

        foreach (var source in rule.Sources)
        {
            var key = MeshDestinationRule.KeyOf(source);
            if (services.Count == 0)
            {
                yield return new Problem(IstioCodes.UnknownDestinationRuleHost, key, "spec.host", $"The host {source.Spec?.Host} defined in the DestinationRule does not match any services in the mesh.", HostFix(source, rule, mesh));
                continue;
            }

            for (var i = 0; i < (source.Spec?.Subsets?.Count ?? 0); i++)
            {
                var subset = source.Spec!.Subsets![i];
                if (subset.Labels is { Count: > 0 } labels && services.Any(service => mesh.Endpoints.Of(service).All.Any())
                    && !services.Any(service => mesh.Endpoints.Of(service).All.Any(endpoint => Labels.Include(endpoint.Labels, labels))))
                {
                    yield return new Problem(
                        IstioCodes.DestinationRuleSubsetNotSelectPods, key, $"spec.subsets[{i}].labels", $"The Subset {subset.Name} defined in the DestinationRule does not select any pods", $"no pod of {rule.Host} has {string.Join(", ", labels.Select(label => $"{label.Key}={label.Value}"))}: correct the labels, or start such pods; until then the subset answers 503");
                }
            }
        }
    }

    private static string HostFix(DestinationRule source, MeshDestinationRule rule, MeshSnapshot mesh)
    {
        var written = source.Spec?.Host ?? "";
        var elsewhere = mesh.Services.All.FirstOrDefault(service => service.IsKubernetes && service.Name == written && service.Namespace != rule.Namespace);
        return elsewhere is null ? "create the Service or a ServiceEntry, or correct the host" : $"a short name means one of namespace {rule.Namespace}; write {elsewhere.Host}";
    }

    /// <summary>What of a younger rule is not taken over when rules of one host add up.</summary>
    private static IEnumerable<Problem> Shadowed(MeshDestinationRule rule)
    {
        var seen = new HashSet<string?>(StringComparer.Ordinal);
        DestinationRule? policy = null;
        foreach (var source in rule.Sources)
        {
            var key = MeshDestinationRule.KeyOf(source);
            if (source.Spec?.TrafficPolicy is not null && policy is not null)
            {
                yield return new Problem(
                    IstioCodes.Shadowed, key, "spec.trafficPolicy", $"the older DestinationRule {policy.Metadata.Name} has one for {rule.Host} already: this one has no effect", "keep the policy in one object");
            }

            policy ??= source.Spec?.TrafficPolicy is null ? null : source;
            for (var i = 0; i < (source.Spec?.Subsets?.Count ?? 0); i++)
            {
                if (!seen.Add(source.Spec!.Subsets![i].Name))
                {
                    yield return new Problem(
                        IstioCodes.Shadowed, key, $"spec.subsets[{i}].name", $"an older DestinationRule for {rule.Host} has a subset '{source.Spec.Subsets[i].Name}' already: this one has no effect", "give it another name");
                }
            }
        }
    }
}
