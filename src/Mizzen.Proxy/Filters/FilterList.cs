using Mizzen.Proxy.Filters.Buffering;
using Mizzen.Proxy.Filters.Compression;
using Mizzen.Proxy.Filters.Cors;
using Mizzen.Proxy.Filters.ExternalAuthorization;
using Mizzen.Proxy.Filters.Fault;
using Mizzen.Proxy.Filters.GrpcWeb;
using Mizzen.Proxy.Filters.HeaderMutation;
using Mizzen.Proxy.Filters.Jwt;
using Mizzen.Proxy.Filters.MetadataExchange;
using Mizzen.Proxy.Filters.RateLimit;
using Mizzen.Proxy.Filters.Rbac;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Filters;

/// <summary>
/// All HTTP filters, and the array of those that a destination's requests pass. Between the two ends, which are fixed, the order is the
/// configuration's, as in Envoy; Istio's is below, with the reasons.
/// </summary>
/// <remarks>
/// <list type="number">
/// <item>Metadata exchange: first, so that even a refusal tells who asked, and answers learn who answered.</item>
/// <item><c>grpc_web</c>: behind it everybody sees gRPC, and answers gRPC.</item>
/// <item><c>ext_authz</c> (CUSTOM): before tokens are read, because the service may be the one that knows them; an <c>rbac</c> in front says when to ask.</item>
/// <item><c>jwt_authn</c>: who asks on whose behalf, because what follows may depend on it.</item>
/// <item><c>rbac</c>: who may do what, before anything costs more than a comparison. Of several, AUDIT first, then DENY, then ALLOW.</item>
/// <item><c>local_ratelimit</c>, <c>buffer</c>, <c>header_mutation</c>: behind access control, so that refused requests use up no tokens and no memory.</item>
/// <item><c>compressor</c>: anywhere; in front of a filter it makes smaller what that one has written.</item>
/// <item><c>fault</c>: after everything that refuses, so that only requests that would have been served are made to fail.</item>
/// <item><c>cors</c>: cross-origin requests, where a route has a policy.</item>
/// <item>Header changes of the route: last, as part of routing (Envoy's router does them), so that no filter sees them.</item>
/// </list>
/// </remarks>
internal static class FilterList
{
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

        foreach (var filter in http.Filters)
        {
            // The most specific setting replaces the others as a whole, and switches on what the listener leaves off.
            var specific = destination?.Filters.GetValueOrDefault(filter.Name) ?? route.Filters.GetValueOrDefault(filter.Name)
                ?? host.Filters.GetValueOrDefault(filter.Name) ?? table.Filters.GetValueOrDefault(filter.Name);
            if (!(specific?.IsDisabled ?? filter.IsDisabled))
            {
                Add(filters, http, filter.Settings, specific?.Settings);
            }
        }

        if (HeaderMutationFilter.Of(table, host, route, destination) is { } headers)
        {
            filters.Add(headers);
        }

        return [.. filters];
    }

    private static void Add(List<HttpFilter> filters, HttpModel http, FilterSettings listener, FilterSettings? route)
    {
        switch (listener)
        {
            case BufferModel buffer:
                filters.Add(new BufferFilter(route as BufferModel ?? buffer));
                break;
            case CompressionModel compression:
                filters.Add(new CompressionFilter(compression, http.StatPrefix));
                break;
            case ExternalAuthorizationModel external:
                filters.Add(new ExternalAuthorizationFilter(external, route as ExternalAuthorizationRouteModel, http.StatPrefix));
                break;
            case GrpcWebModel:
                filters.Add(new GrpcWebFilter());
                break;
            case HeaderMutationModel headers:
                filters.Add(HeaderMutationFilter.Of(headers, route as HeaderMutationModel));
                break;
            case RateLimitModel limit:
                filters.Add(new RateLimitFilter(route as RateLimitModel ?? limit));
                break;
            case JwtModel jwt:
                filters.Add(new JwtFilter(jwt, route as JwtRouteModel, http.StatPrefix));
                break;
            case RbacModel rbac:
                filters.Add(new RbacFilter(route as RbacModel ?? rbac, http.StatPrefix));
                break;
            case FaultModel fault:
                FaultFilters.Add(filters, route as FaultModel ?? fault);
                break;
            case CorsModel when route is CorsModel cors:
                filters.Add(new CorsFilter(cors));
                break;
            case CorsModel:
                break;
            default:
                throw new InvalidOperationException($"no filter for {listener.GetType().Name} of {http.StatPrefix}");
        }
    }
}
