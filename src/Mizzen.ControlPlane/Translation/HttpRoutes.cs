using Envoy.Config.Route.V3;
using Envoy.Type.Matcher.V3;
using Google.Protobuf.WellKnownTypes;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Fields;
using Mizzen.Resources.Networking;
using CorsPolicy = Mizzen.Resources.Networking.CorsPolicy;

namespace Mizzen.ControlPlane.Translation;

/// <summary>The HTTP rules of a VirtualService as routes: the first that matches wins.</summary>
internal static class HttpRoutes
{
    /// <summary>The rules that apply here, up to the first that takes everything.</summary>
    public static List<Route> Of(MeshVirtualService service, RouteScope scope)
    {
        var routes = new List<Route>();
        foreach (var rule in service.Http.Where(rule => rule.Delegate is null))
        {
            foreach (var match in rule.Match is { Count: > 0 } matches ? matches : [null!])
            {
                if (match is not null && !scope.Takes(match.Port, match.Gateways, match.SourceLabels, match.SourceNamespace))
                {
                    continue;
                }

                var route = Of(service, rule, match, scope);
                routes.Add(route);
                if (RouteMatches.IsCatchAll(route.Match))
                {
                    return routes;
                }
            }
        }

        return routes;
    }

    /// <summary>The one route of a service that no rule is about.</summary>
    public static Route Default(MeshService service, MeshPort port, RouteScope scope)
    {
        var action = RouteActions.To(EnvoyNames.Outbound(port.Number, null, service.Host), scope);
        HashPolicies.Add(action, [scope.Client.HashOf(service.Host, port.Number, null)]);
        return new Route
        {
            Name = "default",
            Match = RouteMatches.Everything,
            Route_ = action,
            Decorator = new Decorator { Operation = $"{EnvoyNames.VirtualHost(service.Host, port.Number)}/*" },
        };
    }

    private static Route Of(MeshVirtualService service, HTTPRoute rule, HTTPMatchRequest? match, RouteScope scope)
    {
        var route = new Route
        {
            Name = NameOf(rule, match),
            Match = RouteMatches.Of(match),
            Metadata = Messages.Istio(("config", Value.ForString(rule.Origin ?? service.Origin))),
            RequestHeadersToAdd = { HeaderOptions.ToAdd(rule.Headers?.Request) },
            RequestHeadersToRemove = { HeaderOptions.ToRemove(rule.Headers?.Request) },
            ResponseHeadersToAdd = { HeaderOptions.ToAdd(rule.Headers?.Response) },
            ResponseHeadersToRemove = { HeaderOptions.ToRemove(rule.Headers?.Response) },
        };
        RouteActions.Set(route, rule, scope);
        route.Decorator = new Decorator { Operation = Operation(route, service, scope) };
        if (Faults.Of(rule.Fault) is { } fault)
        {
            route.TypedPerFilterConfig.Add(EnvoyNames.Fault, Messages.Pack(fault));
        }

        if (rule.CorsPolicy is { } cors)
        {
            route.TypedPerFilterConfig.Add(EnvoyNames.Cors, Messages.Pack(Cors(cors)));
        }

        return route;
    }

    private static string NameOf(HTTPRoute rule, HTTPMatchRequest? match) =>
        match?.Name is { Length: > 0 } name ? $"{rule.Name}.{name}" : rule.Name ?? "";

    /// <summary>What tracing calls the request: where it goes and which path it had.</summary>
    private static string Operation(Route route, MeshVirtualService service, RouteScope scope)
    {
        var path = route.Match.PathSpecifierCase switch
        {
            RouteMatch.PathSpecifierOneofCase.Path => route.Match.Path,
            RouteMatch.PathSpecifierOneofCase.SafeRegex => route.Match.SafeRegex.Regex,
            RouteMatch.PathSpecifierOneofCase.PathSeparatedPrefix => route.Match.PathSeparatedPrefix + "*",
            _ => route.Match.Prefix + "*",
        };
        var cluster = route.Route_ is not { } action ? ""
            : action.ClusterSpecifierCase == RouteAction.ClusterSpecifierOneofCase.Cluster ? action.Cluster
            : action.WeightedClusters.Clusters.Count > 0 ? action.WeightedClusters.Clusters[0].Name : "";
        return cluster.Split('|') is [_, var port, _, var host] ? $"{host}:{port}{path}" : $"{EnvoyNames.VirtualHost(service.Name, scope.Port)}{path}";
    }

    private static Envoy.Extensions.Filters.Http.Cors.V3.CorsPolicy Cors(CorsPolicy policy)
    {
        var message = new Envoy.Extensions.Filters.Http.Cors.V3.CorsPolicy
        {
            AllowMethods = string.Join(',', policy.AllowMethods ?? []),
            AllowHeaders = string.Join(',', policy.AllowHeaders ?? []),
            ExposeHeaders = string.Join(',', policy.ExposeHeaders ?? []),
            AllowCredentials = policy.AllowCredentials,
            ForwardNotMatchingPreflights = policy.UnmatchedPreflights != "IGNORE",
            AllowOriginStringMatch =
            {
                (policy.AllowOrigins ?? []).Select(Origin),
                (policy.AllowOrigin ?? []).Select(origin => new StringMatcher { Exact = origin }),
            },
        };
        if (GoDuration.Parse(policy.MaxAge) is { } age)
        {
            message.MaxAge = ((long)age.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        return message;
    }

    private static StringMatcher Origin(StringMatch match) => match switch
    {
        { Exact: { } exact } => new StringMatcher { Exact = exact },
        { Prefix: { } prefix } => new StringMatcher { Prefix = prefix },
        _ => new StringMatcher { SafeRegex = new RegexMatcher { Regex = match.Regex ?? "" } },
    };
}
