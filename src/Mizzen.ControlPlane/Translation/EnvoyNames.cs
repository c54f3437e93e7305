using System.Globalization;

namespace Mizzen.ControlPlane.Translation;

/// <summary>Names that Istio's control plane and Envoy agree on: users read them in <c>proxy-config</c>, access logs and metrics.</summary>
internal static class EnvoyNames
{
    public const string PassthroughCluster = "PassthroughCluster";
    public const string BlackHoleCluster = "BlackHoleCluster";
    public const string InboundPassthroughCluster = "InboundPassthroughCluster";
    public const string VirtualOutbound = "virtualOutbound";
    public const string VirtualInbound = "virtualInbound";
    public const string ConnectionManager = "envoy.filters.network.http_connection_manager";
    public const string TcpProxy = "envoy.filters.network.tcp_proxy";
    public const string UdpProxy = "envoy.filters.udp_listener.udp_proxy";
    public const string Fault = "envoy.filters.http.fault";
    public const string Cors = "envoy.filters.http.cors";
    public const string HttpRbac = "envoy.filters.http.rbac";
    public const string NetworkRbac = "envoy.filters.network.rbac";
    public const string ExternalAuthorization = "envoy.filters.http.ext_authz";
    public const string JwtAuthn = "envoy.filters.http.jwt_authn";
    public const string GrpcWeb = "envoy.filters.http.grpc_web";
    public const string Router = "envoy.filters.http.router";
    public const string HttpInspector = "envoy.filters.listener.http_inspector";
    public const string TlsInspector = "envoy.filters.listener.tls_inspector";
    public const string TlsSocket = "envoy.transport_sockets.tls";
    public const string ProxyHeaderSocket = "envoy.transport_sockets.upstream_proxy_protocol";
    public const string RawSocket = "envoy.transport_sockets.raw_buffer";
    public const string OriginalDestination = "envoy.filters.listener.original_dst";
    public const string FileAccessLog = "envoy.access_loggers.file";
    public const string PreviousHosts = "envoy.retry_host_predicates.previous_hosts";
    public const string PreviousPriorities = "envoy.retry_priorities.previous_priorities";
    public const string HttpProtocolOptions = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

    /// <summary>The cluster of a port of a host, of a subset where one is named.</summary>
    public static string Outbound(int port, string? subset, string host) => string.Create(CultureInfo.InvariantCulture, $"outbound|{port}|{subset}|{host}");

    /// <summary>The server name by which a proxy is asked for that cluster: it holds no character that DNS names lack.</summary>
    public static string ServerName(int port, string? subset, string host) => string.Create(CultureInfo.InvariantCulture, $"outbound_.{port}_.{subset}_.{host}");

    /// <summary>The cluster of a port of the proxy's own workload.</summary>
    public static string Inbound(int port) => string.Create(CultureInfo.InvariantCulture, $"inbound|{port}||");

    /// <summary>A listener.</summary>
    public static string Listener(string address, int port) => string.Create(CultureInfo.InvariantCulture, $"{address}_{port}");

    /// <summary>A virtual host.</summary>
    public static string VirtualHost(string host, int port) => string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");
}
