using Envoy.Config.Listener.V3;
using Google.Protobuf.WellKnownTypes;
using Mizzen.Proxy.Configuration.HttpFilters;
using Mizzen.Proxy.Runtime;
using ConnectionCap = Envoy.Extensions.Filters.Network.ConnectionLimit.V3.ConnectionLimit;
using ConnectionLimit = Envoy.Extensions.Filters.Network.LocalRatelimit.V3.LocalRateLimit;
using RBAC = Envoy.Extensions.Filters.Network.Rbac.V3.RBAC;

namespace Mizzen.Proxy.Configuration;

/// <summary>The network filters in front of a TCP proxy or a connection manager.</summary>
internal static class NetworkFilterCompiler
{
    /// <summary>Filters whose work is done elsewhere: metrics and metadata exchange.</summary>
    private static readonly HashSet<string> DoneElsewhere = ["istio.stats", "istio.metadata_exchange", "envoy.filters.network.metadata_exchange"];

    /// <param name="messages">The filters.</param>
    /// <param name="owner">Names the filter chain: what its connections are counted under as long as the process lives.</param>
    /// <param name="problems">Takes what is wrong.</param>
    public static List<FilterSettings> Compile(IEnumerable<Filter> messages, string owner, Problems problems)
    {
        var filters = new List<FilterSettings>();
        foreach (var message in messages)
        {
            using var scope = problems.At($"filters[{message.Name}]");
            if (IsOf<RBAC>(message, "envoy.filters.network.rbac"))
            {
                if (Values.Unpack<RBAC>(message.TypedConfig, message.Name, problems) is { } rbac)
                {
                    filters.Add(RbacCompiler.Compile(rbac, problems));
                }
            }
            else if (IsOf<ConnectionLimit>(message, "envoy.filters.network.local_ratelimit"))
            {
                if (Values.Unpack<ConnectionLimit>(message.TypedConfig, message.Name, problems) is { } limit && RateLimitCompiler.Compile(limit, problems) is { } compiled)
                {
                    filters.Add(compiled);
                }
            }
            else if (IsOf<ConnectionCap>(message, "envoy.filters.network.connection_limit"))
            {
                if (Values.Unpack<ConnectionCap>(message.TypedConfig, message.Name, problems) is { } cap && Compile(cap, owner, problems) is { } compiled)
                {
                    filters.Add(compiled);
                }
            }
            else if (!DoneElsewhere.Contains(message.Name))
            {
                problems.Add("this proxy has no such network filter");
            }
        }

        return filters;
    }

    private static ConnectionCapModel? Compile(ConnectionCap message, string owner, Problems problems)
    {
        if (message.MaxConnections is not > 0)
        {
            problems.Add("max_connections: needs a number above 0");
        }

        if (message.Delay is not null)
        {
            problems.Add("delay: is not supported: connections beyond the limit are closed at once");
        }

        return message.RuntimeEnabled is { DefaultValue: false }
            ? null
            : new ConnectionCapModel(message.StatPrefix, message.MaxConnections ?? 0, ConnectionCount.Of($"{owner}/{message.StatPrefix}"));
    }

    private static bool IsOf<T>(Filter message, string name)
        where T : Google.Protobuf.IMessage, new() =>
        message.TypedConfig is { } settings ? Any.GetTypeName(settings.TypeUrl) == new T().Descriptor.FullName : message.Name == name;
}
