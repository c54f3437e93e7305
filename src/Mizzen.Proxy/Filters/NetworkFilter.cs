using Mizzen.Proxy.Filters.RateLimit;
using Mizzen.Proxy.Filters.Rbac;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Filters;

/// <summary>The network filters of TCP chains: each looks at a connection once, before anything is done for it.</summary>
internal static class NetworkFilters
{
    /// <summary>Whether the connection may go on; a refusal says why in the record.</summary>
    public static bool Admit(IReadOnlyList<FilterSettings> filters, ConnectionRecord record, ITrafficObserver observer)
    {
        for (var i = 0; i < filters.Count; i++)
        {
            var admitted = filters[i] switch
            {
                ConnectionLimitModel limit => ConnectionLimit.Admit(limit, observer),
                RbacModel rbac => RbacNetworkFilter.Admit(rbac, record, observer),
                _ => true,
            };
            if (!admitted)
            {
                return false;
            }
        }

        return true;
    }
}
