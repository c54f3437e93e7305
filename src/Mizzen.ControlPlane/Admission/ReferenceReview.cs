using System.Text.Json.Nodes;
using Mizzen.ControlPlane.Analysis;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Security;

namespace Mizzen.ControlPlane.Admission;

/// <summary>What would be wrong between an object and the rest of the mesh, if it were let in.</summary>
internal static class ReferenceReview
{
    /// <summary>The findings about this object; kinds that the mesh is not made of have none.</summary>
    /// <exception cref="System.Text.Json.JsonException">A field has another type than its kind says.</exception>
    public static IReadOnlyList<Problem> Of(MeshSnapshot mesh, string kind, JsonObject resource)
    {
        var now = mesh.Resources;
        return kind switch
        {
            nameof(VirtualService) => Findings<VirtualService>(mesh, resource, item => now with { VirtualServices = Put(now.VirtualServices, item) }),
            nameof(DestinationRule) => Findings<DestinationRule>(mesh, resource, item => now with { DestinationRules = Put(now.DestinationRules, item) }),
            nameof(Gateway) => Findings<Gateway>(mesh, resource, item => now with { Gateways = Put(now.Gateways, item) }),
            nameof(ServiceEntry) => Findings<ServiceEntry>(mesh, resource, item => now with { ServiceEntries = Put(now.ServiceEntries, item) }),
            nameof(AuthorizationPolicy) => Findings<AuthorizationPolicy>(mesh, resource, item => now with { AuthorizationPolicies = Put(now.AuthorizationPolicies, item) }),
            nameof(RequestAuthentication) => Findings<RequestAuthentication>(mesh, resource, item => now with { RequestAuthentications = Put(now.RequestAuthentications, item) }),
            nameof(EnvoyFilter) => Findings<EnvoyFilter>(mesh, resource, item => now with { EnvoyFilters = Put(now.EnvoyFilters, item) }),
            nameof(Sidecar) => Findings<Sidecar>(mesh, resource, item => now with { Sidecars = Put(now.Sidecars, item) }),
            _ => [],
        };
    }

    private static IReadOnlyList<Problem> Findings<T>(MeshSnapshot mesh, JsonObject resource, Func<T, ResourceSet> with)
        where T : Resource
    {
        var item = ResourceJson.FromNode<T>(resource);
        return
        [
            .. MeshAnalysis.Analyze(mesh.Next(with(item))).Where(problem =>
                problem.Key is { } key && key.Kind == typeof(T).Name && key.Namespace == item.Metadata.Namespace && key.Name == item.Metadata.Name),
        ];
    }

    private static List<T> Put<T>(IReadOnlyList<T> items, T item)
        where T : Resource =>
        [.. items.Where(other => other.Metadata.Namespace != item.Metadata.Namespace || other.Metadata.Name != item.Metadata.Name), item];
}
