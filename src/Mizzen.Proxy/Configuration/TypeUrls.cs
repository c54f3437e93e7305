namespace Mizzen.Proxy.Configuration;

/// <summary>The xDS resource types (<c>type.googleapis.com/…</c>) that the proxy takes.</summary>
internal static class TypeUrls
{
    public const string Cluster = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
    public const string ClusterLoadAssignment = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";
    public const string Listener = "type.googleapis.com/envoy.config.listener.v3.Listener";
    public const string RouteConfiguration = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration";
    public const string NameTable = "type.googleapis.com/istio.networking.nds.v1.NameTable";
    public const string Secret = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";
}
