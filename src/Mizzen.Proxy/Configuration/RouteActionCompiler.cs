using Envoy.Config.Core.V3;
using Envoy.Config.Route.V3;
using Mizzen.Proxy.Configuration.HttpFilters;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Configuration;

/// <summary>The three things that a route can do.</summary>
internal static class RouteActionCompiler
{
    private const long DefaultTimeout = 15_000;

    public static RouteActionModel? Compile(Route message, Problems problems)
    {
        switch (message.ActionCase)
        {
            case Route.ActionOneofCase.Route_:
                using (problems.At("route"))
                {
                    return Forward(message.Route_, problems);
                }

            case Route.ActionOneofCase.Redirect:
                using (problems.At("redirect"))
                {
                    return Redirect(message.Redirect, problems);
                }

            case Route.ActionOneofCase.DirectResponse:
                return Direct(message.DirectResponse);
            default:
                problems.Add("a route needs one of route, redirect, direct_response");
                return null;
        }
    }

    private static RouteActionModel.Forward Forward(RouteAction message, Problems problems) => new()
    {
        Clusters = Clusters(message, problems),
        Timeout = Values.Milliseconds(message.Timeout, DefaultTimeout),
        GrpcTimeoutMax = message.MaxStreamDuration?.GrpcTimeoutHeaderMax is { } most ? Values.Milliseconds(most, 0) : null,
        IdleTimeout = message.IdleTimeout is { } idle ? Values.Milliseconds(idle, 0) : null,
        Retry = RetryCompiler.Compile(message.RetryPolicy, problems),
        PrefixRewrite = message.PrefixRewrite.Length > 0 ? Values.Utf8(message.PrefixRewrite) : null,
        PathRewrite = Values.Rewrite(message.RegexRewrite, problems),
        HostRewrite = message.HasHostRewriteLiteral ? Values.Utf8(message.HostRewriteLiteral) : null,
        AutoHostRewrite = message.AutoHostRewrite == true,
        Mirrors = [.. message.RequestMirrorPolicies.Select(policy => new MirrorModel(ClusterKey.Of(policy.Cluster), Values.PerMillion(policy.RuntimeFraction?.DefaultValue)))],
        Hash = [.. message.HashPolicy.Select(policy => HashPolicyCompiler.Compile(policy, problems))],
        ClusterNotFoundStatus = message.ClusterNotFoundResponseCode switch
        {
            RouteAction.Types.ClusterNotFoundResponseCode.NotFound => 404,
            RouteAction.Types.ClusterNotFoundResponseCode.InternalServerError => 500,
            _ => 503,
        },
    };

    private static List<WeightedClusterModel> Clusters(RouteAction message, Problems problems)
    {
        switch (message.ClusterSpecifierCase)
        {
            case RouteAction.ClusterSpecifierOneofCase.Cluster:
                return [new WeightedClusterModel { Cluster = ClusterKey.Of(message.Cluster) }];
            case RouteAction.ClusterSpecifierOneofCase.WeightedClusters:
                var clusters = message.WeightedClusters.Clusters.Where(entry => entry.Weight is > 0).Select(entry => Weighted(entry, problems)).ToList();
                if (clusters.Count == 0)
                {
                    problems.Add("weighted_clusters: the sum of the weights is 0");
                }

                return clusters;
            default:
                problems.Add("a forwarding route needs cluster or weighted_clusters");
                return [];
        }
    }

    private static WeightedClusterModel Weighted(WeightedCluster.Types.ClusterWeight entry, Problems problems) => new()
    {
        Cluster = ClusterKey.Of(entry.Name),
        Weight = entry.Weight ?? 0,
        RequestHeaders = Values.Headers(entry.RequestHeadersToAdd, entry.RequestHeadersToRemove),
        ResponseHeaders = Values.Headers(entry.ResponseHeadersToAdd, entry.ResponseHeadersToRemove),
        HostRewrite = entry.HasHostRewriteLiteral ? Values.Utf8(entry.HostRewriteLiteral) : null,
        Filters = HttpFilterCompiler.Overrides(entry.TypedPerFilterConfig, problems),
    };

    private static RouteActionModel.Redirect Redirect(RedirectAction message, Problems problems) => new()
    {
        Status = message.ResponseCode switch
        {
            RedirectAction.Types.RedirectResponseCode.Found => 302,
            RedirectAction.Types.RedirectResponseCode.SeeOther => 303,
            RedirectAction.Types.RedirectResponseCode.TemporaryRedirect => 307,
            RedirectAction.Types.RedirectResponseCode.PermanentRedirect => 308,
            _ => 301,
        },
        Scheme = message.HasSchemeRedirect ? Values.Utf8(message.SchemeRedirect) : null,
        HttpsRedirect = message.HasHttpsRedirect && message.HttpsRedirect,
        Host = message.HostRedirect.Length > 0 ? Values.Utf8(message.HostRedirect) : null,
        Port = (int)message.PortRedirect,
        Path = message.HasPathRedirect ? Values.Utf8(message.PathRedirect) : null,
        PrefixRewrite = message.HasPrefixRewrite ? Values.Utf8(message.PrefixRewrite) : null,
        PathRewrite = Values.Rewrite(message.RegexRewrite, problems),
        StripQuery = message.StripQuery,
    };

    private static RouteActionModel.Direct Direct(DirectResponseAction message) => new(
        (int)message.Status,
        message.Body?.SpecifierCase switch
        {
            DataSource.SpecifierOneofCase.InlineBytes => message.Body.InlineBytes.ToByteArray(),
            DataSource.SpecifierOneofCase.InlineString => Values.Utf8(message.Body.InlineString),
            _ => [],
        });
}
