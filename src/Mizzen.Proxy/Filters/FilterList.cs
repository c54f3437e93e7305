using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Filters;

/// <summary>The filters of one destination, in the order in which a request passes them.</summary>
internal static class FilterList
{
    /// <summary>
    /// Metadata first, so that even an injected answer tells who asked; then the fault, decided before anything is changed; header changes
    /// last, as part of routing (Envoy's router does them).
    /// </summary>
    public static HttpFilter[] Compile(HttpModel http, RouteTable table, VirtualHostModel host, RouteModel route, WeightedClusterModel? destination)
    {
        var filters = new List<HttpFilter>();
        if (http.ReceivesPeerMetadata)
        {
            filters.Add(new PeerMetadataServerFilter());
        }
        else if (http.SendsPeerMetadata)
        {
            filters.Add(new PeerMetadataClientFilter());
        }

        // The most specific setting replaces the others as a whole.
        if ((destination?.Fault ?? route.Fault ?? host.Fault ?? http.Fault) is { } fault)
        {
            AddFault(filters, fault);
        }

        if (HeaderMutationFilter.Of(table, host, route, destination) is { } headers)
        {
            filters.Add(headers);
        }

        return [.. filters];
    }

    private static void AddFault(List<HttpFilter> filters, FaultModel fault)
    {
        if (fault is { DelayPerMillion: > 0, Delay: > 0 })
        {
            filters.Add(new FaultDelayFilter(fault));
        }

        if (fault.AbortPerMillion > 0 && (fault.AbortStatus != 0 || fault.AbortGrpcStatus >= 0))
        {
            filters.Add(new FaultAbortFilter(fault));
        }
    }
}
