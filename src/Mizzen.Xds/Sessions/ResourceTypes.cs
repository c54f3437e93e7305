namespace Mizzen.Xds.Sessions;

/// <summary>The xDS resource types (type URLs) that the mesh's proxies are configured with.</summary>
public static class ResourceTypes
{
    /// <summary>CDS.</summary>
    public const string Cluster = "type.googleapis.com/envoy.config.cluster.v3.Cluster";

    /// <summary>EDS.</summary>
    public const string Endpoints = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";

    /// <summary>LDS.</summary>
    public const string Listener = "type.googleapis.com/envoy.config.listener.v3.Listener";

    /// <summary>RDS.</summary>
    public const string Route = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration";

    /// <summary>SDS.</summary>
    public const string Secret = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";

    /// <summary>NDS: the names of the mesh, for the DNS of sidecars (Istio's own).</summary>
    public const string NameTable = "type.googleapis.com/istio.networking.nds.v1.NameTable";

    /// <summary>No resource: a request of this type tells how the proxy's workload is (Istio's own; its error says what is wrong).</summary>
    public const string Health = "type.googleapis.com/istio.v1.HealthInformation";

    /// <summary>In the order in which changes are sent: what is referred to goes before what refers to it (xDS protocol, "Eventual consistency considerations").</summary>
    public static IReadOnlyList<string> InOrder { get; } = [Cluster, Endpoints, Listener, Route, Secret, NameTable];

    /// <summary>Istio's abbreviation: CDS, EDS, LDS, RDS, SDS, NDS; the type URL itself for any other type.</summary>
    public static string ShortName(string typeUrl) => typeUrl switch
    {
        Cluster => "CDS",
        Endpoints => "EDS",
        Listener => "LDS",
        Route => "RDS",
        Secret => "SDS",
        NameTable => "NDS",
        _ => typeUrl,
    };
}
