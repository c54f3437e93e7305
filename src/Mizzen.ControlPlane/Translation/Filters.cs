using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Envoy.Extensions.Filters.Http.Cors.V3;
using Envoy.Extensions.Filters.Http.Fault.V3;
using Envoy.Extensions.Filters.Http.GrpcWeb.V3;
using Envoy.Extensions.Filters.Http.Router.V3;
using Envoy.Extensions.Filters.Listener.HttpInspector.V3;
using Envoy.Extensions.Filters.Listener.OriginalDst.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Envoy.Extensions.Filters.Network.TcpProxy.V3;
using Envoy.Extensions.Filters.Udp.UdpProxy.V3;
using Envoy.Type.V3;
using Google.Protobuf.WellKnownTypes;
using Mizzen.Resources.Fields;
using Mizzen.Resources.Mesh;
using Mizzen.Resources.Networking;
using Xds.Core.V3;
using Xds.Type.Matcher.V3;

namespace Mizzen.ControlPlane.Translation;

/// <summary>Filters and filter chains with Istio's settings.</summary>
internal static class Filters
{
    private const string ServerName = "istio-envoy";
    private static readonly Any EmptyFault = Messages.Pack(new HTTPFault());
    private static readonly Any EmptyCors = Messages.Pack(new Cors());
    private static readonly Any EmptyGrpcWeb = Messages.Pack(new GrpcWeb());
    private static readonly Any EmptyRouter = Messages.Pack(new Router());
    private static readonly Any EmptyInspector = Messages.Pack(new HttpInspector());
    private static readonly Any EmptyOriginalDst = Messages.Pack(new OriginalDst());

    /// <summary>Looks at the first bytes, for chains that ask for HTTP.</summary>
    public static ListenerFilter Inspector => new() { Name = EnvoyNames.HttpInspector, TypedConfig = EmptyInspector };

    /// <summary>Asks the kernel where a redirected connection was going.</summary>
    public static ListenerFilter OriginalDestination => new() { Name = EnvoyNames.OriginalDestination, TypedConfig = EmptyOriginalDst };

    /// <summary>A chain only for what looks like HTTP.</summary>
    public static FilterChainMatch LooksLikeHttp(int port = 0)
    {
        var match = new FilterChainMatch { TransportProtocol = "raw_buffer", ApplicationProtocols = { "http/1.0", "http/1.1", "h2c" } };
        if (port > 0)
        {
            match.DestinationPort = (uint)port;
        }

        return match;
    }

    /// <summary>Requests of clients in the mesh, routed by a route table that comes on its own.</summary>
    public static Filter Outbound(string statPrefix, string routes, MeshConfig mesh) =>
        ConnectionManager(Manager(statPrefix, mesh, []), routes);

    /// <summary>Requests of clients outside the mesh, which may be browsers that speak gRPC-Web.</summary>
    public static Filter Gateway(string statPrefix, string routes, MeshConfig mesh, WorkloadPolicies policies, bool forBrowsers)
    {
        var manager = Manager(statPrefix, mesh, [.. GrpcWebIf(forBrowsers), .. policies.Http]);
        manager.UseRemoteAddress = true;
        manager.ServerName = ServerName;
        return ConnectionManager(manager, routes);
    }

    /// <summary>Requests to the workload itself.</summary>
    public static Filter Inbound(string statPrefix, RouteConfiguration routes, MeshConfig mesh, WorkloadPolicies policies, bool forBrowsers = false)
    {
        var manager = Manager(statPrefix, mesh, [.. GrpcWebIf(forBrowsers), .. policies.Http]);
        manager.ServerName = ServerName;
        manager.ForwardClientCertDetails = HttpConnectionManager.Types.ForwardClientCertDetails.AppendForward;
        manager.SetCurrentClientCertDetails = new HttpConnectionManager.Types.SetCurrentClientCertDetails { Subject = true, Dns = true, Uri = true };
        manager.RouteConfig = routes;
        return new Filter { Name = EnvoyNames.ConnectionManager, TypedConfig = Messages.Pack(manager) };
    }

    /// <summary>Bytes to one cluster, by what a DestinationRule says of it: endpoints by the client's address, an end to connections.</summary>
    public static Filter Tcp(string statPrefix, string cluster, MeshConfig mesh, TrafficPolicy? policy = null) => Tcp(new TcpProxy
    {
        StatPrefix = statPrefix,
        Cluster = cluster,
        AccessLog = { AccessLogs.Of(mesh) },
        HashPolicy = { policy?.LoadBalancer?.ConsistentHash?.UseSourceIp == true ? [new HashPolicy { SourceIp = new HashPolicy.Types.SourceIp() }] : [] },
        MaxDownstreamConnectionDuration = GoDuration.Parse(policy?.ConnectionPool?.Tcp?.MaxConnectionDuration) is { } most ? Messages.Of(most) : null,
    });

    /// <summary>Bytes to clusters by weight.</summary>
    public static Filter Tcp(string statPrefix, IEnumerable<(string Cluster, uint Weight)> clusters, MeshConfig mesh) => Tcp(new TcpProxy
    {
        StatPrefix = statPrefix,
        WeightedClusters = new TcpProxy.Types.WeightedCluster
        {
            Clusters = { clusters.Select(entry => new TcpProxy.Types.WeightedCluster.Types.ClusterWeight { Name = entry.Cluster, Weight = entry.Weight }) },
        },
        AccessLog = { AccessLogs.Of(mesh) },
    });

    // Ports named grpc-web are called by browsers, and served by gRPC.
    private static HttpFilter[] GrpcWebIf(bool wanted) => wanted ? [new HttpFilter { Name = EnvoyNames.GrpcWeb, TypedConfig = EmptyGrpcWeb }] : [];

    /// <summary>Datagrams to one cluster; where its endpoints hash, the client's address is the key.</summary>
    public static ListenerFilter Udp(string statPrefix, string cluster) => new()
    {
        Name = EnvoyNames.UdpProxy,
        TypedConfig = Messages.Pack(new UdpProxyConfig
        {
            StatPrefix = statPrefix,
            Matcher = new Matcher
            {
                OnNoMatch = new Matcher.Types.OnMatch
                {
                    Action = new TypedExtensionConfig { Name = "route", TypedConfig = Messages.Pack(new Envoy.Extensions.Filters.Udp.UdpProxy.V3.Route { Cluster = cluster }) },
                },
            },
            HashPolicies = { new UdpProxyConfig.Types.HashPolicy { SourceIp = true } },
        }),
    };

    private static Filter Tcp(TcpProxy proxy) => new() { Name = EnvoyNames.TcpProxy, TypedConfig = Messages.Pack(proxy) };

    private static Filter ConnectionManager(HttpConnectionManager manager, string routes)
    {
        manager.Rds = new Rds { ConfigSource = Messages.Ads, RouteConfigName = routes };
        return new Filter { Name = EnvoyNames.ConnectionManager, TypedConfig = Messages.Pack(manager) };
    }

    private static HttpConnectionManager Manager(string statPrefix, MeshConfig mesh, IEnumerable<HttpFilter> policies) => new()
    {
        CodecType = HttpConnectionManager.Types.CodecType.Auto,
        StatPrefix = statPrefix,
        UseRemoteAddress = false,
        GenerateRequestId = true,
        NormalizePath = true,
        StreamIdleTimeout = Messages.Zero,
        UpgradeConfigs = { new HttpConnectionManager.Types.UpgradeConfig { UpgradeType = "websocket" } },
        AccessLog = { AccessLogs.Of(mesh) },
        HttpFilters =
        {
            policies,
            new HttpFilter { Name = EnvoyNames.Fault, TypedConfig = EmptyFault },
            new HttpFilter { Name = EnvoyNames.Cors, TypedConfig = EmptyCors },
            new HttpFilter { Name = EnvoyNames.Router, TypedConfig = EmptyRouter },
        },
    };
}
