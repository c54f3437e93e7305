using System.IO.Hashing;
using System.Text;
using Envoy.Config.Core.V3;
using Envoy.Config.Listener.V3;
using Envoy.Extensions.Filters.Udp.UdpProxy.V3;
using Mizzen.Proxy.Runtime;
using Xds.Type.Matcher.V3;

namespace Mizzen.Proxy.Configuration;

/// <summary>Listeners of datagrams: exactly one filter, the UDP proxy, and no filter chains.</summary>
internal static class UdpCompiler
{
    public const string ListenerFilter = "envoy.filters.udp_listener.udp_proxy";

    public static bool IsUdp(Listener message) => message.Address?.SocketAddress?.Protocol == SocketAddress.Types.Protocol.Udp;

    public static UdpModel? Compile(Listener message, Problems problems)
    {
        if (message.FilterChains.Count > 0 || message.DefaultFilterChain is not null)
        {
            problems.Add("filter_chains: a listener of datagrams has none; put the UDP proxy into listener_filters");
        }

        if (message.ListenerFilters is not [{ Name: ListenerFilter } filter])
        {
            problems.Add($"listener_filters: a listener of datagrams needs one filter, {ListenerFilter}");
            return null;
        }

        using var scope = problems.At($"listener_filters[{filter.Name}]");
        if (Values.Unpack<UdpProxyConfig>(filter.TypedConfig, filter.Name, problems) is not { } settings)
        {
            return null;
        }

        CheckUnsupported(settings, problems);
        var policy = settings.HashPolicies.Count > 0 ? settings.HashPolicies[0] : new UdpProxyConfig.Types.HashPolicy();
        return ClusterOf(settings, problems) is not { Length: > 0 } cluster
            ? null
            : new UdpModel
            {
                StatPrefix = settings.StatPrefix,
                Cluster = ClusterKey.Of(cluster),
                IdleTimeout = Values.Milliseconds(settings.IdleTimeout, UdpModel.DefaultIdleTimeout),
                HashesSourceAddress = policy.SourceIp,
                HashKey = policy.Key.Length > 0 ? XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(policy.Key)) : null,
            };
    }

    private static string? ClusterOf(UdpProxyConfig settings, Problems problems)
    {
        if (settings.RouteSpecifierCase == UdpProxyConfig.RouteSpecifierOneofCase.Cluster)
        {
            return settings.Cluster;
        }

        var matcher = settings.Matcher;
        if (matcher is null || matcher.MatcherTypeCase != Matcher.MatcherTypeOneofCase.None || matcher.OnNoMatch?.Action is not { } action)
        {
            problems.Add("matcher: only on_no_match with an action is supported; name the cluster there, or in cluster");
            return null;
        }

        var cluster = Values.Unpack<Route>(action.TypedConfig, action.Name, problems)?.Cluster;
        if (cluster is "")
        {
            problems.Add("matcher: the route names no cluster");
        }

        return cluster;
    }

    private static void CheckUnsupported(UdpProxyConfig settings, Problems problems)
    {
        (bool IsSet, string Field)[] unsupported =
        [
            (settings.UseOriginalSrcIp, "use_original_src_ip"),
            (settings.UsePerPacketLoadBalancing, "use_per_packet_load_balancing"),
            (settings.SessionFilters.Count > 0, "session_filters"),
            (settings.TunnelingConfig is not null, "tunneling_config"),
            (settings.AccessLog.Count > 0, "access_log"),
            (settings.ProxyAccessLog.Count > 0, "proxy_access_log"),
        ];
        foreach (var (_, field) in unsupported.Where(entry => entry.IsSet))
        {
            problems.Add($"{field}: is not supported; leave it out");
        }

        if (settings.HashPolicies.Count > 1)
        {
            problems.Add("hash_policies: there may be one");
        }
    }
}
