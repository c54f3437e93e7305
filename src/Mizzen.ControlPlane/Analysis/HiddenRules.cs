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
        $"'{host}' belongs to the older VirtualService {first.Namespace}/{first.Name}: this one has no effect on it in sidecars",
        "join the rules in one object, or export them to different namespaces");
}
