using System.Net;
using Envoy.Config.Listener.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Envoy.Extensions.Filters.Network.TcpProxy.V3;
using Mizzen.Proxy.Configuration.HttpFilters;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Configuration;

/// <summary>Listener messages as listeners. Routes that come by RDS are put in when the snapshot is made.</summary>
internal static class ListenerCompiler
{
    private const string ConnectionManager = "envoy.filters.network.http_connection_manager";
    private const string TcpProxyFilter = "envoy.filters.network.tcp_proxy";
    private const string HttpInspector = "envoy.filters.listener.http_inspector";
    private const string TlsInspector = "envoy.filters.listener.tls_inspector";
    private const long DefaultHeaderTimeout = 15_000;
    private const long DefaultIdle = 3_600_000;

    private static readonly HashSet<string> ListenerFilters =
        [HttpInspector, TlsInspector, ProxyProtocolCompiler.ListenerFilter, "envoy.filters.listener.original_dst"];

    public static ListenerModel? Compile(Listener message, Problems problems)
    {
        var address = Values.EndPoint(message.Address, problems);
        if (UdpCompiler.IsUdp(message))
        {
            var udp = UdpCompiler.Compile(message, problems);
            return address is null || udp is null
                ? null
                : new ListenerModel { Name = message.Name, Address = address, BindToPort = message.BindToPort != false, Direction = (TrafficDirection)message.TrafficDirection, Udp = udp };
        }

        foreach (var filter in message.ListenerFilters.Where(filter => !ListenerFilters.Contains(filter.Name)))
        {
            problems.Add($"listener_filters: this proxy has no filter {filter.Name}");
        }

        var direction = (TrafficDirection)message.TrafficDirection;
        var header = ProxyProtocolCompiler.Compile(message, problems);
        var chains = new List<FilterChainModel>();
        for (var i = 0; i < message.FilterChains.Count; i++)
        {
            using var scope = problems.At($"filter_chains[{(message.FilterChains[i].Name is { Length: > 0 } name ? name : i)}]");
            if (Chain(message.FilterChains[i], $"{message.Name}/{i}", direction, problems) is { } chain)
            {
                chains.Add(chain);
            }
        }

        using var last = problems.At("default_filter_chain");
        var fallback = message.DefaultFilterChain is null ? null : Chain(message.DefaultFilterChain, $"{message.Name}/default", direction, problems);
        return address is null
            ? null
            : new ListenerModel
            {
                Name = message.Name,
                Address = address,
                BindToPort = message.BindToPort != false,
                UseOriginalDestination = message.UseOriginalDst == true,
                Direction = direction,
                InspectTls = message.ListenerFilters.Any(filter => filter.Name == TlsInspector),
                InspectHttp = message.ListenerFilters.Any(filter => filter.Name == HttpInspector),
                ProxyProtocol = header,
                InspectTimeout = Values.Milliseconds(message.ListenerFiltersTimeout, header is null ? 0 : DefaultHeaderTimeout),
                Chains = chains,
                DefaultChain = fallback,
            };
    }

    private static FilterChainModel? Chain(FilterChain message, string owner, TrafficDirection direction, Problems problems)
    {
        if (message.Filters.Count == 0)
        {
            problems.Add("filters: a chain needs a connection manager or a TCP proxy");
            return null;
        }

        var match = message.FilterChainMatch;
        var chain = new FilterChainModel
        {
            Name = message.Name,
            DestinationPort = (int)(match?.DestinationPort ?? 0),
            DestinationRanges = Ranges(match, problems),
            ServerNames = ServerNames(match, problems),
            TransportProtocol = Transport(match, problems),
            ApplicationProtocols = match is null ? [] : [.. match.ApplicationProtocols],
            Tls = TlsCompiler.Server(message.TransportSocket, message.TransportSocketConnectTimeout, problems),
        };
        var filter = message.Filters[^1];
        var filters = NetworkFilterCompiler.Compile(message.Filters.SkipLast(1), owner, problems);
        switch (filter.Name)
        {
            case ConnectionManager:
                var manager = Values.Unpack<HttpConnectionManager>(filter.TypedConfig, filter.Name, problems);
                return manager is null ? null : chain with { Http = Http(manager, direction, problems), Filters = filters };
            case TcpProxyFilter:
                var tcp = Values.Unpack<TcpProxy>(filter.TypedConfig, filter.Name, problems);
                return tcp is null ? null : chain with { Tcp = Tcp(tcp, problems) with { Filters = filters } };
            default:
                problems.Add($"filters: this proxy has no network filter {filter.Name}");
                return null;
        }
    }

    private static List<string> ServerNames(FilterChainMatch? match, Problems problems)
    {
        var names = (match?.ServerNames ?? []).Select(name => name.ToLowerInvariant()).ToList();
        foreach (var name in names.Where(name => name.LastIndexOf('*') > 0 || (name.StartsWith('*') && !name.StartsWith("*.", StringComparison.Ordinal) && name != "*")))
        {
            problems.Add($"server_names: '{name}' has a star elsewhere than as its first label: write *.example.com");
        }

        return names.Contains("*") ? [] : names;
    }

    private static TransportProtocol Transport(FilterChainMatch? match, Problems problems)
    {
        switch (match?.TransportProtocol ?? "")
        {
            case "":
                return TransportProtocol.Any;
            case "tls":
                return TransportProtocol.Tls;
            case "raw_buffer":
                return TransportProtocol.RawBuffer;
            default:
                problems.Add($"transport_protocol: '{match!.TransportProtocol}' is neither tls nor raw_buffer");
                return TransportProtocol.Any;
        }
    }

    private static List<IPNetwork> Ranges(FilterChainMatch? match, Problems problems)
    {
        var ranges = new List<IPNetwork>();
        foreach (var range in match?.PrefixRanges ?? [])
        {
            if (IPNetwork.TryParse($"{range.AddressPrefix}/{range.PrefixLen ?? 32}", out var network))
            {
                ranges.Add(network);
            }
            else
            {
                problems.Add($"prefix_ranges: '{range.AddressPrefix}/{range.PrefixLen}' is not a network");
            }
        }

        return ranges;
    }

    private static HttpModel Http(HttpConnectionManager message, TrafficDirection direction, Problems problems)
    {
        using var scope = problems.At("http_connection_manager");
        return new HttpModel
        {
            StatPrefix = message.StatPrefix,
            Codec = Codec(message.CodecType, problems),
            Http2 = Http2Compiler.Compile(message.Http2ProtocolOptions, problems),
            RouteName = message.Rds?.RouteConfigName ?? message.RouteConfig?.Name ?? "",
            Routes = message.RouteConfig is { } routes ? RouteCompiler.Compile(routes, problems) : null,
            IdleTimeout = Values.Milliseconds(message.CommonHttpProtocolOptions?.IdleTimeout, DefaultIdle),
            HeadTimeout = Values.Milliseconds(message.RequestHeadersTimeout, 0) is > 0 and var head ? head : 60_000,
            RequestTimeout = Values.Milliseconds(message.RequestTimeout, 0),
            StreamIdleTimeout = Values.Milliseconds(message.StreamIdleTimeout, 300_000),
            UseRemoteAddress = message.UseRemoteAddress == true,
            NormalizePath = message.NormalizePath == true,
            MergeSlashes = message.MergeSlashes,
            ClientCertificate = (ClientCertificateHeader)message.ForwardClientCertDetails,
            ClientCertificateFields = CertificateFields(message.SetCurrentClientCertDetails),
            SkipForwardedForAppend = message.SkipXffAppend,
            TrustedHops = (int)message.XffNumTrustedHops,
            GenerateRequestId = message.GenerateRequestId != false,
            ServerHeader = (ServerHeaderMode)message.ServerHeaderTransformation,
            ServerName = Values.Utf8(message.ServerName.Length > 0 ? message.ServerName : "envoy"),
            UpgradeTypes = [.. message.UpgradeConfigs.Where(upgrade => upgrade.Enabled != false).Select(upgrade => Values.Utf8(upgrade.UpgradeType.ToLowerInvariant()))],
            Filters = HttpFilterCompiler.Compile(message.HttpFilters, problems),
            AccessLogs = AccessLogListCompiler.Compile(message.AccessLog, problems),
            ReceivesPeerMetadata = direction == TrafficDirection.Inbound,
            SendsPeerMetadata = direction != TrafficDirection.Inbound,
        };
    }

    private static ClientCertificateFields CertificateFields(HttpConnectionManager.Types.SetCurrentClientCertDetails? message) =>
        (message?.Subject == true ? ClientCertificateFields.Subject : 0)
        | (message?.Cert == true ? ClientCertificateFields.Cert : 0)
        | (message?.Chain == true ? ClientCertificateFields.Chain : 0)
        | (message?.Dns == true ? ClientCertificateFields.Dns : 0)
        | (message?.Uri == true ? ClientCertificateFields.Uri : 0);

    private static HttpCodec Codec(HttpConnectionManager.Types.CodecType type, Problems problems)
    {
        if (type > HttpConnectionManager.Types.CodecType.Http2)
        {
            problems.Add($"codec_type: {type} is not supported");
        }

        return type switch
        {
            HttpConnectionManager.Types.CodecType.Http1 => HttpCodec.Http1,
            HttpConnectionManager.Types.CodecType.Http2 => HttpCodec.Http2,
            _ => HttpCodec.Auto,
        };
    }

    private static TcpModel Tcp(TcpProxy message, Problems problems)
    {
        using var scope = problems.At("tcp_proxy");
        return new TcpModel
        {
            StatPrefix = message.StatPrefix,
            Clusters = message.ClusterSpecifierCase == TcpProxy.ClusterSpecifierOneofCase.WeightedClusters
                ? [.. message.WeightedClusters.Clusters.Where(entry => entry.Weight > 0).Select(
                    entry => new WeightedClusterModel { Cluster = ClusterKey.Of(entry.Name), Weight = entry.Weight })]
                : [new WeightedClusterModel { Cluster = ClusterKey.Of(message.Cluster) }],
            IdleTimeout = Values.Milliseconds(message.IdleTimeout, DefaultIdle),
            MaxDuration = Values.Milliseconds(message.MaxDownstreamConnectionDuration, 0),
            MaxConnectAttempts = (int)(message.MaxConnectAttempts ?? 1),
            HashesSourceAddress = message.HashPolicy.Any(policy => policy.SourceIp is not null),
            AccessLogs = AccessLogListCompiler.Compile(message.AccessLog, problems),
        };
    }
}
