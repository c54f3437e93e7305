using Mizzen.Proxy.Filters.ConnectionLimits;
using Mizzen.Proxy.Filters.RateLimit;
using Mizzen.Proxy.Filters.Rbac;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Filters;

/// <summary>The network filters of chains: each looks at a connection once, before anything is done for it.</summary>
internal static class NetworkFilters
{
    /// <summary>Whether the connection may go on; a refusal says why in the record. One that was admitted is to be released.</summary>
    public static bool Admit(IReadOnlyList<FilterSettings> filters, ConnectionRecord record, ITrafficObserver observer)
    {
        for (var i = 0; i < filters.Count; i++)
        {
            var admitted = filters[i] switch
            {
                ConnectionCapModel cap => ConnectionCap.TryEnter(cap, observer),
                ConnectionLimitModel limit => ConnectionLimit.Admit(limit, observer),
                RbacModel rbac => RbacNetworkFilter.Admit(rbac, record, observer),
                _ => true,
            };
            if (!admitted)
            {
                Release(filters, i, observer);
                return false;
            }
        }

        return true;
    }

    /// <summary>An admitted connection is over.</summary>
    public static void Release(IReadOnlyList<FilterSettings> filters, ITrafficObserver observer) => Release(filters, filters.Count, observer);

    private static void Release(IReadOnlyList<FilterSettings> filters, int count, ITrafficObserver observer)
    {
        for (var i = 0; i < count; i++)
        {
            if (filters[i] is ConnectionCapModel cap)
            {
                ConnectionCap.Leave(cap, observer);
            }
        }
    }
}
