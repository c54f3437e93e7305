using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Analysis;

/// <summary>VirtualServices of which another one takes the host: sidecars do not join rules of one host, the oldest has it.</summary>
internal static class HiddenRules
{
    public static IEnumerable<Problem> Of(MeshSnapshot mesh) => mesh.VirtualServices.All
        .Where(rule => rule.IsFor(MeshVirtualService.Mesh))
        .SelectMany(rule => rule.Hosts.Distinct().Select(host => (Host: host, Rule: rule)))
        // Only rules that the same clients see get in each other's way.
        .GroupBy(claim => (claim.Host, claim.Rule.Visibility))
        .SelectMany(claims => claims.Skip(1).Select(hidden => Problem(claims.Key.Host, hidden.Rule, claims.First().Rule)));

    private static Problem Problem(string host, MeshVirtualService hidden, MeshVirtualService first) => new(
        IstioCodes.ConflictingMeshGatewayVirtualServiceHosts,
        hidden.Key,
        "spec.hosts",
        $"The VirtualServices {first.Namespace}/{first.Name},{hidden.Namespace}/{hidden.Name} associated with mesh gateway define the same host {host} which can lead to undefined behavior. This can be fixed by merging the conflicting VirtualServices into a single resource.",
        $"sidecars follow the older one, {first.Namespace}/{first.Name}; join the rules in one object, or export them to different namespaces");
}
