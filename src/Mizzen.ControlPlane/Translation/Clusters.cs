using Envoy.Config.Cluster.V3;
using Envoy.Config.Core.V3;
using Google.Protobuf.WellKnownTypes;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Fields;
using Mizzen.Resources.Mesh;
using Mizzen.Resources.Networking;
using HttpProtocolOptions = Envoy.Extensions.Upstreams.Http.V3.HttpProtocolOptions;

namespace Mizzen.ControlPlane.Translation;

/// <summary>Services as clusters.</summary>
internal static class Clusters
{
    /// <summary>From this address the proxy calls its own workload: the redirect lets such connections through.</summary>
    private const string InboundSource = "127.0.0.6";
    private const uint Unlimited = uint.MaxValue;
    private const double DefaultRetryBudget = 20;
    private const int DefaultRetryConcurrency = 3;
    private static readonly TimeSpan DefaultConnectTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DefaultDnsRefresh = TimeSpan.FromSeconds(60);

    /// <summary>The clusters of one port: of all endpoints, and of each subset.</summary>
    public static IEnumerable<DiscoveredCluster> OfPort(MeshService service, MeshPort port, MeshDestinationRule? rule, ServiceEndpoints endpoints, ProxyType proxy, MeshConfig mesh, ServerIdentity identity, BackendTls? tls = null)
    {
        foreach (var subset in (rule?.Subsets ?? []).Prepend(null))
        {
            var policy = TrafficPolicies.Of(rule, subset, port.Number);
            if (tls is { IsBroken: true })
            {
                // Without anybody to vouch for its servers, the service has none.
                yield return new DiscoveredCluster(Empty(EnvoyNames.Outbound(port.Number, subset?.Name, service.Host), mesh), service, port.Number, subset);
            }
            else if (tls is not null || UpstreamSecurity.IsPossible(policy))
            {
                var cluster = Outbound(service, port, rule, subset, policy, endpoints, proxy, mesh, identity.Policies);
                UpstreamSecurity.Apply(cluster, service, port, subset, policy, identity, tls);
                yield return new DiscoveredCluster(cluster, service, port.Number, subset)
                {
                    Places = LocalitySettings.Of(policy, service, mesh),
                };
            }
        }
    }

    /// <summary>Sends connections where they were going.</summary>
    public static Cluster Passthrough(MeshConfig mesh) => Speaking(OriginalDestination(EnvoyNames.PassthroughCluster, mesh), UpstreamProtocols.AsClient);

    /// <summary>Sends connections nowhere.</summary>
    public static Cluster BlackHole(MeshConfig mesh) => Empty(EnvoyNames.BlackHoleCluster, mesh);

    private static Cluster Empty(string name, MeshConfig mesh) => new()
    {
        Name = name,
        Type = Cluster.Types.DiscoveryType.Static,
        ConnectTimeout = ConnectTimeout(null, mesh),
    };

    /// <summary>Sends inbound connections to ports that no Service knows.</summary>
    public static Cluster InboundPassthrough(MeshConfig mesh) =>
        Speaking(FromInbound(OriginalDestination(EnvoyNames.InboundPassthroughCluster, mesh)), UpstreamProtocols.AsClient);

    /// <summary>Sends inbound connections to the workload's own port.</summary>
    public static Cluster Inbound(int port, PortProtocol protocol, MeshService service, MeshConfig mesh, ConnectionPoolSettings? pool = null)
    {
        var cluster = FromInbound(OriginalDestination(EnvoyNames.Inbound(port), mesh));
        cluster.CircuitBreakers = Breakers(pool);
        cluster.ConnectTimeout = ConnectTimeout(pool, mesh);
        cluster.Metadata = Messages.Istio(("services", Messages.Services(service)));
        return Speaking(cluster, UpstreamProtocols.Of(protocol, pool, mesh));
    }

    /// <summary>Sends inbound connections to the endpoint that a Sidecar names.</summary>
    public static Cluster InboundTo(int port, PortProtocol protocol, string address, int target, MeshService? service, MeshConfig mesh, ConnectionPoolSettings? pool = null)
    {
        var cluster = FromInbound(new Cluster
        {
            Name = EnvoyNames.Inbound(port),
            Type = Cluster.Types.DiscoveryType.Static,
            ConnectTimeout = ConnectTimeout(pool, mesh),
            CircuitBreakers = Breakers(pool),
            LoadAssignment = Endpoints.Single(EnvoyNames.Inbound(port), address, target),
        });
        if (service is not null)
        {
            cluster.Metadata = Messages.Istio(("services", Messages.Services(service)));
        }

        return Speaking(cluster, UpstreamProtocols.Of(protocol, pool, mesh));
    }

    private static Cluster Outbound(
        MeshService service, MeshPort port, MeshDestinationRule? rule, Subset? subset, TrafficPolicy policy, ServiceEndpoints endpoints, ProxyType proxy, MeshConfig mesh,
        PeerAuthenticationIndex policies)
    {
        var cluster = new Cluster
        {
            Name = EnvoyNames.Outbound(port.Number, subset?.Name, service.Host),
            ConnectTimeout = ConnectTimeout(policy.ConnectionPool, mesh),
            CircuitBreakers = Breakers(policy.ConnectionPool, policy.RetryBudget),
            UpstreamConnectionOptions = Keepalive(policy.ConnectionPool?.Tcp?.TcpKeepalive),
            Metadata = MetadataOf(service, rule, subset),
        };
        Discover(cluster, service, port, subset, policy, endpoints, proxy, policies);
        if (policy.OutlierDetection is { } outlier)
        {
            cluster.OutlierDetection = OutlierDetections.Of(outlier);
            cluster.CommonLbConfig = new Cluster.Types.CommonLbConfig { HealthyPanicThreshold = new() { Value = outlier.MinHealthPercent ?? 0 } };
        }

        if (LocalitySettings.Of(policy, service, mesh)?.Distribute is not null)
        {
            cluster.CommonLbConfig ??= new Cluster.Types.CommonLbConfig();
            cluster.CommonLbConfig.LocalityWeightedLbConfig = new Cluster.Types.CommonLbConfig.Types.LocalityWeightedLbConfig();
        }

        return Speaking(cluster, UpstreamProtocols.Of(port.Protocol, policy.ConnectionPool, mesh));
    }

    private static void Discover(
        Cluster cluster, MeshService service, MeshPort port, Subset? subset, TrafficPolicy policy, ServiceEndpoints endpoints, ProxyType proxy,
        PeerAuthenticationIndex policies)
    {
        var resolution = policy.LoadBalancer?.Simple == "PASSTHROUGH" ? Resolution.Passthrough : service.Resolution;
        // A gateway's own address is where its connections were going: "the original destination" would be itself.
        if (resolution == Resolution.Passthrough && proxy == ProxyType.Sidecar)
        {
            cluster.Type = Cluster.Types.DiscoveryType.OriginalDst;
            cluster.LbPolicy = Cluster.Types.LbPolicy.ClusterProvided;
            return;
        }

        LoadBalancers.Set(cluster, policy.LoadBalancer);
        if (resolution is Resolution.Dns or Resolution.DnsRoundRobin)
        {
            cluster.Type = resolution == Resolution.Dns ? Cluster.Types.DiscoveryType.StrictDns : Cluster.Types.DiscoveryType.LogicalDns;
            cluster.DnsLookupFamily = Cluster.Types.DnsLookupFamily.V4Only;
            cluster.DnsRefreshRate = Messages.Of(DefaultDnsRefresh);
            cluster.RespectDnsTtl = true;
            cluster.LoadAssignment = Endpoints.Of(cluster.Name, endpoints.Of(port.Number), subset, policies);
        }
        else
        {
            cluster.Type = Cluster.Types.DiscoveryType.Eds;
            cluster.EdsClusterConfig = new Cluster.Types.EdsClusterConfig { EdsConfig = Messages.Ads, ServiceName = cluster.Name };
        }
    }

    private static Metadata MetadataOf(MeshService service, MeshDestinationRule? rule, Subset? subset)
    {
        var metadata = Messages.Istio(("services", Messages.Services(service)));
        var fields = metadata.FilterMetadata["istio"].Fields;
        if (rule is not null)
        {
            fields.Add("config", Value.ForString(rule.Origin));
        }

        if (subset is not null)
        {
            fields.Add("subset", Value.ForString(subset.Name ?? ""));
        }

        return metadata;
    }

    private static Cluster OriginalDestination(string name, MeshConfig mesh) => new()
    {
        Name = name,
        Type = Cluster.Types.DiscoveryType.OriginalDst,
        LbPolicy = Cluster.Types.LbPolicy.ClusterProvided,
        ConnectTimeout = ConnectTimeout(null, mesh),
        CircuitBreakers = Breakers(null),
    };

    private static Cluster FromInbound(Cluster cluster)
    {
        cluster.UpstreamBindConfig = new BindConfig { SourceAddress = new SocketAddress { Address = InboundSource, PortValue = 0 } };
        return cluster;
    }

    private static UpstreamConnectionOptions? Keepalive(Resources.Networking.TcpKeepalive? settings) => settings is null ? null : new UpstreamConnectionOptions
    {
        TcpKeepalive = new Envoy.Config.Core.V3.TcpKeepalive
        {
            KeepaliveProbes = settings.Probes is > 0 ? (uint)settings.Probes : null,
            KeepaliveTime = Seconds(settings.Time),
            KeepaliveInterval = Seconds(settings.Interval),
        },
    };

    private static uint? Seconds(string? duration) => GoDuration.Parse(duration) is { } time ? (uint)Math.Max(1, time.TotalSeconds) : null;

    private static Duration ConnectTimeout(ConnectionPoolSettings? pool, MeshConfig mesh) =>
        Messages.Of(GoDuration.Parse(pool?.Tcp?.ConnectTimeout) ?? GoDuration.Parse(mesh.ConnectTimeout) ?? DefaultConnectTimeout);

    /// <summary>Istio has no limits unless somebody sets them; 0 cannot be told from not set.</summary>
    private static CircuitBreakers Breakers(ConnectionPoolSettings? pool, RetryBudget? budget = null) => new()
    {
        Thresholds =
        {
            new CircuitBreakers.Types.Thresholds
            {
                MaxConnections = Limit(pool?.Tcp?.MaxConnections),
                MaxPendingRequests = Limit(pool?.Http?.Http1MaxPendingRequests),
                MaxRequests = Limit(pool?.Http?.Http2MaxRequests),
                MaxRetries = Limit(pool?.Http?.MaxRetries),
                RetryBudget = budget is null ? null : BudgetOf(budget),
            },
        },
    };

    private static CircuitBreakers.Types.Thresholds.Types.RetryBudget BudgetOf(RetryBudget budget) => new()
    {
        BudgetPercent = new Envoy.Type.V3.Percent { Value = budget.Percent ?? DefaultRetryBudget },
        MinRetryConcurrency = (uint)(budget.MinRetryConcurrency ?? DefaultRetryConcurrency),
    };

    private static uint Limit(int? value) => value is > 0 ? (uint)value : Unlimited;

    private static Cluster Speaking(Cluster cluster, HttpProtocolOptions? options)
    {
        if (options is not null)
        {
            cluster.TypedExtensionProtocolOptions.Add(EnvoyNames.HttpProtocolOptions, Messages.Pack(options));
        }

        return cluster;
    }
}
