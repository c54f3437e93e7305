using System.Globalization;
using System.Text.RegularExpressions;
using Mizzen.Resources.GatewayApi;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Model.GatewayApi;

/// <summary>The filters of a rule in Istio's words.</summary>
internal static class RouteFilters
{
    private const int DefaultRedirect = 302;
    private const int DefaultMaxAge = 5;

    /// <summary>The filters of which Istio's rule has a counterpart; the problem names the first that has none.</summary>
    public static (HTTPRoute Rule, GatewayCondition? Problem) Apply(
        HTTPRoute rule, IReadOnlyList<HttpRouteFilter>? filters, HTTPMatchRequest match, Func<BackendObjectReference, (Destination Destination, GatewayCondition? Problem)> resolve)
    {
        GatewayCondition? problem = null;
        foreach (var filter in filters ?? [])
        {
            switch (filter)
            {
                case { RequestHeaderModifier: not null } or { ResponseHeaderModifier: not null }:
                    rule = rule with { Headers = HeadersWith(rule.Headers, filter) };
                    break;
                case { RequestRedirect: { } redirect }:
                    rule = rule with { Redirect = Redirect(redirect, match) };
                    break;
                case { UrlRewrite: { } rewrite }:
                    rule = rule with { Rewrite = Rewrite(rewrite, match) };
                    break;
                case { Cors: { } cors }:
                    rule = rule with { CorsPolicy = Cors(cors) };
                    break;
                case { RequestMirror: { } mirror }:
                    var (destination, missing) = resolve(mirror.BackendRef);
                    problem ??= missing;
                    rule = missing is null ? rule with { Mirrors = [.. rule.Mirrors ?? [], new HTTPMirrorPolicy { Destination = destination, Percentage = Share(mirror) }] } : rule;
                    break;
                default:
                    problem ??= GatewayCondition.NotAccepted("UnsupportedValue", $"filters of type {filter.Type} are not supported; remove the filter");
                    break;
            }
        }

        return (rule, problem);
    }

    /// <summary>Changes of headers, those of a filter added.</summary>
    public static Headers HeadersWith(Headers? headers, HttpRouteFilter filter) => new()
    {
        Request = Operations(filter.RequestHeaderModifier) ?? headers?.Request,
        Response = Operations(filter.ResponseHeaderModifier) ?? headers?.Response,
    };

    private static HeaderOperations? Operations(HttpHeaderFilter? filter) => filter is null ? null : new HeaderOperations
    {
        Set = filter.Set?.DistinctBy(header => header.Name.ToLowerInvariant()).ToDictionary(header => header.Name, header => header.Value),
        Add = filter.Add?.DistinctBy(header => header.Name.ToLowerInvariant()).ToDictionary(header => header.Name, header => header.Value),
        Remove = filter.Remove,
    };

    private static HTTPRedirect Redirect(HttpRequestRedirectFilter filter, HTTPMatchRequest match) => new()
    {
        Scheme = filter.Scheme,
        Authority = filter.Hostname,
        Port = filter.Port,
        // With another scheme its own port is meant, else the one that the request came by.
        DerivePort = filter.Port is not null ? null : filter.Scheme is null ? "FROM_REQUEST_PORT" : "FROM_PROTOCOL_DEFAULT",
        OmitsOwnPort = filter.Port is null,
        RedirectCode = filter.StatusCode ?? DefaultRedirect,
        Uri = filter.Path?.ReplaceFullPath,
        UriRegexRewrite = filter.Path?.ReplacePrefixMatch is { } prefix ? ByPrefix(prefix, match) : null,
    };

    private static HTTPRewrite Rewrite(HttpUrlRewriteFilter filter, HTTPMatchRequest match) => new()
    {
        Authority = filter.Hostname,
        UriRegexRewrite = filter.Path switch
        {
            { ReplaceFullPath: { } path } => new RegexRewrite { Match = ".+", Rewrite = Literal(path) },
            { ReplacePrefixMatch: { } prefix } => ByPrefix(prefix, match),
            _ => null,
        },
    };

    /// <summary>The prefix ends at a segment: neither of the two texts may leave two slashes, or none, where they meet.</summary>
    private static RegexRewrite ByPrefix(string replacement, HTTPMatchRequest match)
    {
        var prefix = Regex.Escape((match.Uri?.Prefix ?? "/").TrimEnd('/'));
        var target = replacement.TrimEnd('/');
        return target.Length == 0
            ? new RegexRewrite { Match = $"^{prefix}/*", Rewrite = "/" }
            : new RegexRewrite { Match = $"^{prefix}", Rewrite = Literal(target) };
    }

    private static string Literal(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal);

    private static Percent? Share(HttpRequestMirrorFilter mirror) => mirror switch
    {
        { Percent: { } percent } => new Percent { Value = percent },
        { Fraction: { } fraction } => new Percent { Value = 100.0 * fraction.Numerator / (fraction.Denominator ?? 100) },
        _ => null,
    };

    private static CorsPolicy Cors(HttpCorsFilter filter) => new()
    {
        AllowOrigins = [.. (filter.AllowOrigins ?? []).Select(Origin)],
        AllowCredentials = filter.AllowCredentials,
        AllowMethods = filter.AllowMethods,
        AllowHeaders = filter.AllowHeaders,
        ExposeHeaders = filter.ExposeHeaders,
        MaxAge = string.Create(CultureInfo.InvariantCulture, $"{filter.MaxAge ?? DefaultMaxAge}s"),
        UnmatchedPreflights = "IGNORE",
    };

    private static StringMatch Origin(string origin) => origin == "*" || !origin.Contains('*', StringComparison.Ordinal)
        ? new StringMatch { Exact = origin }
        : new StringMatch { Regex = Regex.Escape(origin).Replace("\\*", ".*", StringComparison.Ordinal) };
}
