using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Mesh;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Translation;

/// <summary>What places mean for a cluster: shares of places, or an order in which they are tried.</summary>
/// <param name="Distribute">Shares by the client's place; null for an order.</param>
/// <param name="Failover">Regions that take over for others.</param>
/// <param name="Priority">Labels by which endpoints are ordered; null for region, zone, subzone.</param>
internal sealed record LocalitySettings(IReadOnlyList<Distribute>? Distribute, IReadOnlyList<Failover> Failover, IReadOnlyList<string>? Priority)
{
    private const string Network = "topology.istio.io/network";
    private const string Region = "topology.kubernetes.io/region";
    private const string Zone = "topology.kubernetes.io/zone";
    private const string SubZone = "topology.istio.io/subzone";
    private const string HostName = "kubernetes.io/hostname";

    /// <summary>
    /// The rule's setting, else what the Service says of its traffic's distribution, else the mesh's; null when places mean nothing. An
    /// order needs outlier detection: without it nobody would learn that a place has failed.
    /// </summary>
    public static LocalitySettings? Of(TrafficPolicy policy, MeshService service, MeshConfig mesh)
    {
        var own = policy.LoadBalancer?.LocalityLbSetting;
        if (own is null && OfService(service.TrafficDistribution) is { } distribution)
        {
            return distribution;
        }

        var setting = own ?? mesh.LocalityLbSetting ?? new LocalityLoadBalancerSetting();
        if (setting.Enabled == false)
        {
            return null;
        }

        if (setting.Distribute is { Count: > 0 } shares)
        {
            return new LocalitySettings(shares, [], null);
        }

        return policy.OutlierDetection is null
            ? null
            : new LocalitySettings(null, setting.Failover ?? [], setting.FailoverPriority is { Count: > 0 } labels ? labels : null);
    }

    private static LocalitySettings? OfService(string? distribution) => distribution switch
    {
        "PreferClose" or "PreferSameZone" => new LocalitySettings(null, [], [Network, Region, Zone]),
        "PreferSameNode" => new LocalitySettings(null, [], [Network, Region, Zone, SubZone, HostName]),
        _ => null,
    };

    /// <summary>The value of a label for a workload; places are labels, too.</summary>
    public static string? LabelOf(string name, IReadOnlyDictionary<string, string>? labels, ClientPlace place) => name switch
    {
        Region => place.Locality.Region,
        Zone => place.Locality.Zone,
        SubZone => place.Locality.SubZone,
        HostName => place.Node,
        "topology.istio.io/cluster" => Workload.DefaultCluster,
        _ => labels?.GetValueOrDefault(name) ?? (name == Network ? "" : null),
    };
}

/// <summary>Where a client or an endpoint is.</summary>
/// <param name="Locality">Region, zone and subzone.</param>
/// <param name="Node">The node's name; empty when it is not known.</param>
internal sealed record ClientPlace(Locality Locality, string Node)
{
    public static ClientPlace Anywhere { get; } = new(Locality.Unknown, "");

    public static ClientPlace Of(Workload? workload) => workload is null ? Anywhere : new ClientPlace(workload.Locality, workload.Node);
}
