using System.Globalization;
using System.Text;

using Mizzen.Proxy.Http;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Exchanges;

/// <summary>Changes of path and authority that a route asks for.</summary>
internal static class Rewriting
{
    /// <summary>Applies the rewrites of a forwarding route; the original path travels in x-envoy-original-path.</summary>
    public static void Apply(RequestHead request, RouteMatchModel match, RouteActionModel.Forward action, WeightedClusterModel destination)
    {
        var host = destination.HostRewrite ?? action.HostRewrite;
        if (host is not null)
        {
            if (action.AppendForwardedHost)
            {
                request.Set("x-forwarded-host"u8, request.Authority);
            }

            request.Authority = host;
        }

        if (action.PrefixRewrite is null && action.PathRewrite is null)
        {
            return;
        }

        request.Set("x-envoy-original-path"u8, request.Path);
        request.Path = Encoding.Latin1.GetBytes(action.PathRewrite is { } regex
            ? ByPattern(regex, Text(request.Path))
            : ByPrefix(match, Text(request.Path), Encoding.Latin1.GetString(action.PrefixRewrite!)));
    }

    /// <summary>The value of Location for a redirect.</summary>
    public static byte[] Location(RequestHead request, RouteMatchModel match, RouteActionModel.Redirect action)
    {
        var requestScheme = request.Get(KnownHeader.ForwardedProto) is { IsEmpty: false } forwarded ? Text(forwarded) : "http";
        var scheme = action.Scheme is { } wanted ? Text(wanted) : action.HttpsRedirect ? "https" : requestScheme;
        return Encoding.Latin1.GetBytes($"{scheme}://{RedirectHost(request, action, scheme, requestScheme)}{RedirectPath(request, match, action)}");
    }

    private static string RedirectHost(RequestHead request, RouteActionModel.Redirect action, string scheme, string requestScheme)
    {
        var authority = Text(request.Authority);
        var colon = authority.LastIndexOf(':');
        var hasPort = colon >= 0 && !authority[colon..].Contains(']', StringComparison.Ordinal);
        var host = action.Host is { } wanted ? Text(wanted) : hasPort ? authority[..colon] : authority;
        if (action.Port != 0)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{host}:{action.Port}");
        }

        // A port that is the other scheme's default would be wrong in the new location.
        return action.Host is null && hasPort && scheme == requestScheme ? authority : host;
    }

    private static string RedirectPath(RequestHead request, RouteMatchModel match, RouteActionModel.Redirect action)
    {
        var path = Text(request.Path);
        var query = path.IndexOf('?', StringComparison.Ordinal);
        var tail = query < 0 || action.StripQuery ? "" : path[query..];
        if (action.Path is { } whole)
        {
            var text = Text(whole);
            return text.Contains('?', StringComparison.Ordinal) ? text : text + tail;
        }

        var bare = query < 0 ? path : path[..query];
        return (action.PathRewrite is { } regex ? ByPattern(regex, bare)
            : action.PrefixRewrite is { } prefix ? ByPrefix(match, bare, Text(prefix))
            : bare) + tail;
    }

    /// <summary>Replaces what the route's match has matched; a regular expression has matched the whole path.</summary>
    private static string ByPrefix(RouteMatchModel match, string path, string replacement)
    {
        var query = path.IndexOf('?', StringComparison.Ordinal);
        var end = query < 0 ? path.Length : query;
        var matched = match.PathKind is PathMatchKind.Exact or PathMatchKind.Regex ? end : Math.Min(match.Path.Length, end);
        var rest = path[matched..];

        // "/a/" replacing "/b" before "/c", or "/" replacing a whole segment, must not leave two slashes (Gateway API).
        if (match.PathKind == PathMatchKind.SegmentPrefix && rest.StartsWith('/') && replacement.EndsWith('/'))
        {
            rest = rest[1..];
        }

        var result = replacement + rest;
        return result.StartsWith('/') ? result : "/" + result;
    }

    private static string ByPattern(RegexRewrite rewrite, string path)
    {
        var query = path.IndexOf('?', StringComparison.Ordinal);
        var bare = query < 0 ? path : path[..query];
        return rewrite.Pattern.Replace(bare, rewrite.Substitution) + (query < 0 ? "" : path[query..]);
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
