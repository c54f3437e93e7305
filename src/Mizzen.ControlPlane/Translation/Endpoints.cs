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
    public static ClusterLoadAssignment Of(string cluster, IReadOnlyList<MeshEndpoint> endpoints, Subset? subset)
    {
        var assignment = new ClusterLoadAssignment { ClusterName = cluster };
        var groups = endpoints
            .Where(endpoint => Labels.Include(endpoint.Labels, subset?.Labels))
            .GroupBy(endpoint => endpoint.Locality)
            .OrderBy(group => group.Key.Region, StringComparer.Ordinal)
            .ThenBy(group => group.Key.Zone, StringComparer.Ordinal)
            .ThenBy(group => group.Key.SubZone, StringComparer.Ordinal);
        foreach (var group in groups)
        {
            assignment.Endpoints.Add(OfLocality(group.Key, [.. group]));
        }

        return assignment;
    }

    public static ClusterLoadAssignment Single(string cluster, string address, int port) => new()
    {
        ClusterName = cluster,
        Endpoints = { new LocalityLbEndpoints { LbEndpoints = { new LbEndpoint { Endpoint = new Endpoint { Address = Messages.Address(address, port) } } } } },
    };

    private static LocalityLbEndpoints OfLocality(Model.Locality locality, List<MeshEndpoint> endpoints)
    {
        var message = new LocalityLbEndpoints
        {
            LbEndpoints = { endpoints.Select(Of) },
            LoadBalancingWeight = (uint)endpoints.Sum(endpoint => endpoint.Weight),
        };
        if (locality != Model.Locality.Unknown)
        {
            message.Locality = new EnvoyLocality { Region = locality.Region, Zone = locality.Zone, SubZone = locality.SubZone };
        }

        return message;
    }

    private static LbEndpoint Of(MeshEndpoint endpoint)
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
        }

        return message;
    }
}
