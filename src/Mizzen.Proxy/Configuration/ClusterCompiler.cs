using System.Net;
using Envoy.Config.Cluster.V3;
using Envoy.Config.Core.V3;
using Envoy.Config.Endpoint.V3;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Tls;
using Mizzen.Proxy.Transport;
using HttpProtocolOptions = Envoy.Extensions.Upstreams.Http.V3.HttpProtocolOptions;
using SocketAddress = Envoy.Config.Core.V3.SocketAddress;

namespace Mizzen.Proxy.Configuration;

/// <summary>Cluster and ClusterLoadAssignment messages as clusters and endpoints.</summary>
internal static class ClusterCompiler
{
    private const string HttpOptions = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
    private const long DefaultConnectTimeout = 5_000;
    private const long DefaultIdle = 3_600_000;
    private const ulong DefaultMaglevTable = 65_537;
    private const ulong DefaultRing = 1024;
    private const double DefaultLeastPercent = 10;

    public static ClusterModel Compile(Cluster message, Problems problems)
    {
        var options = HttpOptionsOf(message, problems);
        var (socket, header) = ProxyProtocolCompiler.Unwrap(message.TransportSocket, problems);
        return Balanced(message, problems) with
        {
            Discovery = Discovery(message, problems),
            ConnectTimeout = Values.Milliseconds(message.ConnectTimeout, DefaultConnectTimeout),
            IdleTimeout = Values.Milliseconds(options?.CommonHttpProtocolOptions?.IdleTimeout, DefaultIdle),
            MaxConnectionDuration = Values.Milliseconds(options?.CommonHttpProtocolOptions?.MaxConnectionDuration, 0),
            Keepalive = message.UpstreamConnectionOptions?.TcpKeepalive is { } keepalive
                ? new KeepaliveModel((int?)keepalive.KeepaliveProbes, (int?)keepalive.KeepaliveTime, (int?)keepalive.KeepaliveInterval)
                : null,
            MaxRequestsPerConnection = (int)(options?.CommonHttpProtocolOptions?.MaxRequestsPerConnection ?? 0),
            Protocol = Protocol(options),
            Http2 = Http2(options, problems),
            Limits = Limits(message.CircuitBreakers),
            Outlier = Outlier(message.OutlierDetection),
            HealthCheck = HealthCheckCompiler.Compile(message.HealthChecks, message.Name, problems),
            SourceAddress = message.UpstreamBindConfig?.SourceAddress is { } source && IPAddress.TryParse(source.Address, out var address) ? address : null,
            ProxyProtocol = message.TransportSocketMatches.Select(match => ProxyProtocolCompiler.Unwrap(match.TransportSocket, problems).Version).Append(header).Max(),
            Tls = WithServerNames(TlsCompiler.Client(socket, problems), options),
            TlsMatches = [.. message.TransportSocketMatches.Select(match => Match(match, options, problems))],
            Service = Metadata.Service(message.Metadata),
            Origin = Metadata.Text(message.Metadata, "istio", "config"),
            Endpoints = message.LoadAssignment is { } assignment && message.Type == Cluster.Types.DiscoveryType.Static
                ? Endpoints(assignment, problems)
                : [],
        };
    }

    /// <summary>The name by which EDS knows the endpoints; null for clusters whose endpoints come otherwise.</summary>
    public static string? EndpointsName(Cluster message)
    {
        if (message.Type != Cluster.Types.DiscoveryType.Eds)
        {
            return null;
        }

        return message.EdsClusterConfig?.ServiceName is { Length: > 0 } name ? name : message.Name;
    }

    /// <summary>Endpoints with numeric addresses; a host name is a problem here.</summary>
    public static List<EndpointModel> Endpoints(ClusterLoadAssignment message, Problems problems)
    {
        var endpoints = new List<EndpointModel>();
        foreach (var locality in message.Endpoints)
        {
            foreach (var endpoint in locality.LbEndpoints)
            {
                if (Values.EndPoint(endpoint.Endpoint?.Address, problems) is { } address)
                {
                    endpoints.Add(Endpoint(endpoint, locality, address));
                }
            }
        }

        return endpoints;
    }

    /// <summary>The host names of a STRICT_DNS cluster, with what is said about each.</summary>
    public static IEnumerable<(SocketAddress Name, Func<IPEndPoint, EndpointModel> Model)> Names(ClusterLoadAssignment message) =>
        message.Endpoints.SelectMany(locality => locality.LbEndpoints.Select(endpoint =>
            (endpoint.Endpoint.Address.SocketAddress, (Func<IPEndPoint, EndpointModel>)(address => Endpoint(endpoint, locality, address)))));

    /// <summary>A cluster of that name with the settings by which endpoints are chosen.</summary>
    private static ClusterModel Balanced(Cluster message, Problems problems) => new()
    {
        Key = ClusterKey.Of(message.Name),
        LoadBalancing = Balancing(message, problems),
        LeastRequestChoices = (int)(message.LeastRequestLbConfig?.ChoiceCount ?? 2),
        HashTableSize = HashTableSize(message),
        WeighsLocalities = message.CommonLbConfig?.LocalityWeightedLbConfig is not null,
        SlowStart = SlowStart(message.RoundRobinLbConfig?.SlowStartConfig ?? message.LeastRequestLbConfig?.SlowStartConfig),
        PanicThreshold = message.CommonLbConfig?.HealthyPanicThreshold?.Value ?? 50,
    };

    private static EndpointModel Endpoint(LbEndpoint message, LocalityLbEndpoints locality, IPEndPoint address) => new()
    {
        Address = address,
        HostName = message.Endpoint.Hostname.Length > 0 ? message.Endpoint.Hostname : message.Endpoint.Address.SocketAddress.Address,
        Weight = Math.Max(1, message.LoadBalancingWeight ?? 1),
        Priority = (int)locality.Priority,
        IsHealthy = message.HealthStatus is HealthStatus.Unknown or HealthStatus.Healthy or HealthStatus.Degraded or HealthStatus.Draining,
        IsDraining = message.HealthStatus == HealthStatus.Draining,
        HealthCheckPort = (int)(message.Endpoint.HealthCheckConfig?.PortValue ?? 0),
        HealthCheckHost = message.Endpoint.HealthCheckConfig?.Hostname ?? "",
        IsUnchecked = message.Endpoint.HealthCheckConfig?.DisableActiveHealthCheck ?? false,
        Zone = locality.Locality?.Zone ?? "",
        Locality = locality.Locality is { } place ? $"{place.Region}/{place.Zone}/{place.SubZone}" : "",
        LocalityWeight = locality.LoadBalancingWeight ?? 0,
        Workload = Metadata.Text(message.Metadata, "istio", "workload") ?? "",
        TransportLabels = Metadata.Texts(message.Metadata, "envoy.transport_socket_match"),
    };

    private static TlsMatch Match(Cluster.Types.TransportSocketMatch message, HttpProtocolOptions? options, Problems problems)
    {
        using var scope = problems.At($"transport_socket_matches[{message.Name}]");
        return new TlsMatch(Metadata.Texts(message.Match), WithServerNames(TlsCompiler.Client(ProxyProtocolCompiler.Unwrap(message.TransportSocket, problems).Inner, problems), options));
    }

    private static ClientTls? WithServerNames(ClientTls? tls, HttpProtocolOptions? options) => options?.UpstreamHttpProtocolOptions is not { } http || tls is null
        ? tls
        : tls with { AutoServerName = tls.AutoServerName || http.AutoSni, AutoNames = tls.AutoNames || http.AutoSanValidation };

    private static HttpProtocolOptions? HttpOptionsOf(Cluster message, Problems problems)
    {
        if (!message.TypedExtensionProtocolOptions.TryGetValue(HttpOptions, out var any))
        {
            return null;
        }

        return Values.Unpack<HttpProtocolOptions>(any, HttpOptions, problems);
    }

    /// <summary>Without TLS nothing can be negotiated: then <c>auto_config</c> is HTTP/1.1, as in Envoy.</summary>
    private static UpstreamProtocol Protocol(HttpProtocolOptions? options) => options switch
    {
        { ExplicitHttpConfig.Http2ProtocolOptions: not null } => UpstreamProtocol.Http2,
        { UseDownstreamProtocolConfig: not null } => UpstreamProtocol.AsDownstream,
        _ => UpstreamProtocol.Http1,
    };

    private static Http2Model Http2(HttpProtocolOptions? options, Problems problems) => Http2Compiler.Compile(
        options?.ExplicitHttpConfig?.Http2ProtocolOptions ?? options?.UseDownstreamProtocolConfig?.Http2ProtocolOptions ?? options?.AutoConfig?.Http2ProtocolOptions,
        problems);

    private static DiscoveryKind Discovery(Cluster message, Problems problems)
    {
        switch (message.Type)
        {
            case Cluster.Types.DiscoveryType.Static:
                return DiscoveryKind.Static;
            case Cluster.Types.DiscoveryType.Eds:
                return DiscoveryKind.Eds;
            case Cluster.Types.DiscoveryType.StrictDns or Cluster.Types.DiscoveryType.LogicalDns:
                return DiscoveryKind.StrictDns;
            case Cluster.Types.DiscoveryType.OriginalDst:
                return DiscoveryKind.OriginalDestination;
            default:
                problems.Add($"type: {message.Type} is not supported");
                return DiscoveryKind.Static;
        }
    }

    private static LoadBalancing Balancing(Cluster message, Problems problems)
    {
        switch (message.LbPolicy)
        {
            case Cluster.Types.LbPolicy.LeastRequest:
                return LoadBalancing.LeastRequest;
            case Cluster.Types.LbPolicy.Random:
                return LoadBalancing.Random;
            case Cluster.Types.LbPolicy.RingHash:
                return LoadBalancing.RingHash;
            case Cluster.Types.LbPolicy.Maglev:
                return LoadBalancing.Maglev;
            case Cluster.Types.LbPolicy.RoundRobin or Cluster.Types.LbPolicy.ClusterProvided:
                return LoadBalancing.RoundRobin;
            default:
                problems.Add($"lb_policy: {message.LbPolicy} is not supported");
                return LoadBalancing.RoundRobin;
        }
    }

    private static int HashTableSize(Cluster message) => message.LbPolicy == Cluster.Types.LbPolicy.Maglev
        ? (int)(message.MaglevLbConfig?.TableSize ?? DefaultMaglevTable)
        : (int)(message.RingHashLbConfig?.MinimumRingSize ?? DefaultRing);

    private static SlowStartModel? SlowStart(Cluster.Types.SlowStartConfig? message)
    {
        var window = Values.Milliseconds(message?.SlowStartWindow, 0);
        return window == 0
            ? null
            : new SlowStartModel(window, (message!.MinWeightPercent?.Value ?? DefaultLeastPercent) / 100, message.Aggression is { DefaultValue: > 0 } aggression ? aggression.DefaultValue : 1);
    }

    private static CircuitLimits Limits(CircuitBreakers? message)
    {
        var thresholds = message?.Thresholds.FirstOrDefault(entry => entry.Priority == RoutingPriority.Default);
        return thresholds is null
            ? CircuitLimits.None
            : new CircuitLimits(
                thresholds.MaxConnections ?? 1024, thresholds.MaxPendingRequests ?? 1024, thresholds.MaxRequests ?? 1024, thresholds.MaxRetries ?? 3)
            {
                Budget = thresholds.RetryBudget is { } budget ? new RetryBudget(budget.BudgetPercent?.Value ?? 20, budget.MinRetryConcurrency ?? 3) : null,
            };
    }

    private static OutlierModel? Outlier(OutlierDetection? message)
    {
        if (message is null)
        {
            return null;
        }

        return new OutlierModel
        {
            ConsecutiveServerErrors = message.EnforcingConsecutive5Xx == 0 ? 0 : message.Consecutive5Xx ?? 5,
            ConsecutiveGatewayErrors = message.EnforcingConsecutiveGatewayFailure is null or 0 ? 0 : message.ConsecutiveGatewayFailure ?? 5,
            SplitsLocalErrors = message.SplitExternalLocalOriginErrors,
            ConsecutiveLocalErrors = !message.SplitExternalLocalOriginErrors || message.EnforcingConsecutiveLocalOriginFailure == 0 ? 0 : message.ConsecutiveLocalOriginFailure ?? 5,
            Interval = Values.Milliseconds(message.Interval, 10_000),
            BaseEjection = Values.Milliseconds(message.BaseEjectionTime, 30_000),
            MaxEjectionPercent = message.MaxEjectionPercent ?? 10,
        };
    }
}
