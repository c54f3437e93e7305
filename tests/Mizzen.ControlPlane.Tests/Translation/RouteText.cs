using Envoy.Config.Route.V3;
using Envoy.Extensions.Filters.Http.Fault.V3;
using Envoy.Type.Matcher.V3;

namespace Mizzen.ControlPlane.Tests.Translation;

/// <summary>Routes as one line, so that expectations read like the rule that they come from.</summary>
internal static class RouteText
{
    public static string Of(Route route) => $"{Match(route.Match)} -> {Action(route)}{Fault(route)}";

    public static string Retry(RetryPolicy? retry) => retry is null
        ? "none"
        : $"{retry.NumRetries} on {retry.RetryOn}"
            + (retry.RetriableStatusCodes.Count > 0 ? $" [{string.Join(',', retry.RetriableStatusCodes)}]" : "")
            + (retry.PerTryTimeout is { } timeout ? $", {timeout.ToTimeSpan().TotalSeconds}s each" : "");

    private static string Match(RouteMatch match)
    {
        var path = match.PathSpecifierCase switch
        {
            RouteMatch.PathSpecifierOneofCase.Path => "=" + match.Path,
            RouteMatch.PathSpecifierOneofCase.SafeRegex => "~" + match.SafeRegex.Regex,
            _ => match.Prefix + "*",
        };
        IEnumerable<string> parts =
        [
            path + (match.CaseSensitive == false ? " (any case)" : ""),
            .. match.Headers.Select(header => $"{(header.InvertMatch ? "not " : "")}{header.Name}{Value(header.StringMatch)}"),
            .. match.QueryParameters.Select(query => $"?{query.Name}{Value(query.StringMatch)}"),
        ];
        return string.Join(' ', parts);
    }

    private static string Value(StringMatcher? matcher) => matcher?.MatchPatternCase switch
    {
        StringMatcher.MatchPatternOneofCase.Exact => "=" + matcher.Exact,
        StringMatcher.MatchPatternOneofCase.Prefix => "^" + matcher.Prefix,
        StringMatcher.MatchPatternOneofCase.SafeRegex => "~" + matcher.SafeRegex.Regex,
        _ => "",
    };

    private static string Action(Route route) => route.ActionCase switch
    {
        Route.ActionOneofCase.DirectResponse =>
            $"{route.DirectResponse.Status}{(route.DirectResponse.Body is { } body ? $" '{body.InlineBytes.ToStringUtf8()}'" : "")}",
        Route.ActionOneofCase.Redirect => Redirect(route.Redirect),
        _ => Forward(route.Route_),
    };

    private static string Redirect(RedirectAction redirect)
    {
        var scheme = redirect.HttpsRedirect ? "https" : redirect.HasSchemeRedirect ? redirect.SchemeRedirect : "";
        var port = redirect.PortRedirect > 0 ? $":{redirect.PortRedirect}" : "";
        var path = redirect.HasPathRedirect ? redirect.PathRedirect : redirect.HasPrefixRewrite ? redirect.PrefixRewrite + "*" : "";
        return $"{redirect.ResponseCode} {scheme}://{redirect.HostRedirect}{port}{path}";
    }

    private static string Forward(RouteAction action)
    {
        var clusters = action.ClusterSpecifierCase == RouteAction.ClusterSpecifierOneofCase.WeightedClusters
            ? string.Join(" + ", action.WeightedClusters.Clusters.Select(entry => $"{entry.Weight}x {entry.Name}"))
            : action.Cluster;
        return clusters
            + (action.PrefixRewrite.Length > 0 ? $" path={action.PrefixRewrite}" : "")
            + (action.RegexRewrite is { } regex ? $" path=s/{regex.Pattern.Regex}/{regex.Substitution}/" : "")
            + (action.HasHostRewriteLiteral ? $" host={action.HostRewriteLiteral}" : "");
    }

    private static string Fault(Route route)
    {
        if (!route.TypedPerFilterConfig.TryGetValue("envoy.filters.http.fault", out var any))
        {
            return "";
        }

        var fault = any.Unpack<HTTPFault>();
        return (fault.Delay is { } delay ? $", {delay.Percentage.Numerator / 10_000.0}% delayed {delay.FixedDelay.ToTimeSpan().TotalSeconds}s" : "")
            + (fault.Abort is { } abort ? $", {abort.Percentage.Numerator / 10_000.0}% {(abort.HttpStatus > 0 ? abort.HttpStatus : $"grpc {abort.GrpcStatus}")}" : "");
    }
}
