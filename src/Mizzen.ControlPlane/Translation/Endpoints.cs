using Envoy.Config.Core.V3;
using Envoy.Config.Endpoint.V3;
using Google.Protobuf.WellKnownTypes;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Networking;
using EnvoyLocality = Envoy.Config.Core.V3.Locality;

namespace Mizzen.ControlPlane.Translation;

/// <summary>Endpoints as load assignments, grouped by where they are.</summary>
internal static class Endpoints
{
    public static ClusterLoadAssignment Of(string cluster, IReadOnlyList<MeshEndpoint> endpoints, Subset? subset, PeerAuthenticationIndex policies)
    {
        var assignment = new ClusterLoadAssignment { ClusterName = cluster };
        foreach (var group in Groups(OfSubset(endpoints, subset), _ => 0))
        {
            assignment.Endpoints.Add(OfLocality(group.Locality, group.Endpoints, policies));
        }

        return assignment;
    }

    /// <summary>The endpoints that have the labels of a subset; all for none.</summary>
    public static List<MeshEndpoint> OfSubset(IReadOnlyList<MeshEndpoint> endpoints, Subset? subset) =>
        [.. endpoints.Where(endpoint => Labels.Include(endpoint.Labels, subset?.Labels))];

    /// <summary>Endpoints by place and priority, in an order that does not change.</summary>
    public static IEnumerable<(Model.Locality Locality, int Priority, List<MeshEndpoint> Endpoints)> Groups(
        IReadOnlyList<MeshEndpoint> endpoints, Func<MeshEndpoint, int> priority) => endpoints
        .GroupBy(endpoint => (endpoint.Locality, Priority: priority(endpoint)))
        .OrderBy(group => group.Key.Priority)
        .ThenBy(group => group.Key.Locality.Region, StringComparer.Ordinal)
        .ThenBy(group => group.Key.Locality.Zone, StringComparer.Ordinal)
        .ThenBy(group => group.Key.Locality.SubZone, StringComparer.Ordinal)
        .Select(group => (group.Key.Locality, group.Key.Priority, group.ToList()));

    public static ClusterLoadAssignment Single(string cluster, string address, int port) => new()
    {
        ClusterName = cluster,
        Endpoints = { new LocalityLbEndpoints { LbEndpoints = { new LbEndpoint { Endpoint = new Endpoint { Address = Messages.Address(address, port) } } } } },
    };

    public static LocalityLbEndpoints OfLocality(Model.Locality locality, List<MeshEndpoint> endpoints, PeerAuthenticationIndex policies)
    {
        var message = new LocalityLbEndpoints
        {
            LbEndpoints = { endpoints.Select(endpoint => Of(endpoint, policies)) },
            LoadBalancingWeight = (uint)endpoints.Sum(endpoint => endpoint.Weight),
        };
        if (locality != Model.Locality.Unknown)
        {
            message.Locality = new EnvoyLocality { Region = locality.Region, Zone = locality.Zone, SubZone = locality.SubZone };
        }

        return message;
    }

    private static LbEndpoint Of(MeshEndpoint endpoint, PeerAuthenticationIndex policies)
    {
        var message = new LbEndpoint
        {
            Endpoint = new Endpoint { Address = Messages.Address(endpoint.Address, endpoint.Port) },
            HealthStatus = HealthStatus.Healthy,
            LoadBalancingWeight = (uint)endpoint.Weight,
        };
        if (endpoint.Workload is { } workload)
        {
            message.Metadata = Messages.Istio(("workload", Value.ForString(workload.Metadata)));
            if (workload.TakesMutualTls && policies.Of(workload.Namespace, workload.Labels, endpoint.Port) != MutualTlsMode.Disable)
            {
                message.Metadata.FilterMetadata["envoy.transport_socket_match"] = MutualTls.EndpointLabels;
            }
        }

        return message;
    }
}
