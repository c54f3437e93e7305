using System.Text;

using Mizzen.Proxy.Http;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Routing;

/// <summary>Finds the route of a request: a pure function of table, head and dice.</summary>
internal static class RouteMatcher
{
    /// <summary>Null when no virtual host or none of its routes matches (Envoy's NR).</summary>
    /// <param name="table">The route configuration.</param>
    /// <param name="request">The request.</param>
    /// <param name="dice">0 to 999,999; for routes that apply to a share of requests.</param>
    public static RouteMatch? Match(RouteTable table, RequestHead request, uint dice)
    {
        if (FindHost(table, request.Authority) is not { } host)
        {
            return null;
        }

        var routes = host.Routes;
        for (var i = 0; i < routes.Count; i++)
        {
            if (Matches(routes[i].Match, request, dice))
            {
                return new RouteMatch(host, routes[i]);
            }
        }

        return null;
    }

    /// <summary>The virtual host of an authority: exact name, longest suffix, longest prefix, any.</summary>
    public static VirtualHostModel? FindHost(RouteTable table, ReadOnlySpan<byte> authority)
    {
        if (table.IgnorePort)
        {
            authority = WithoutPort(authority);
        }

        if (authority.Length is 0 or > 255)
        {
            return table.Any;
        }

        Span<char> text = stackalloc char[authority.Length];
        _ = Ascii.ToLower(authority, text, out _);
        var exact = table.Exact.GetAlternateLookup<ReadOnlySpan<char>>();
        if (exact.TryGetValue(text, out var host))
        {
            return host;
        }

        for (var i = 0; i < table.Suffixes.Count; i++)
        {
            var (suffix, candidate) = table.Suffixes[i];
            if (authority.Length > suffix.Length && Ascii.EqualsIgnoreCase(authority[^suffix.Length..], suffix))
            {
                return candidate;
            }
        }

        for (var i = 0; i < table.Prefixes.Count; i++)
        {
            var (prefix, candidate) = table.Prefixes[i];
            if (authority.Length > prefix.Length && Ascii.EqualsIgnoreCase(authority[..prefix.Length], prefix))
            {
                return candidate;
            }
        }

        return table.Any;
    }

    public static bool Matches(RouteMatchModel match, RequestHead request, uint dice)
    {
        if (!MatchesPath(match, request.Path))
        {
            return false;
        }

        for (var i = 0; i < match.Headers.Count; i++)
        {
            if (!HeaderMatcher.Matches(match.Headers[i], request))
            {
                return false;
            }
        }

        for (var i = 0; i < match.Query.Count; i++)
        {
            if (!QueryMatcher.Matches(match.Query[i], request.Path))
            {
                return false;
            }
        }

        return match.PerMillion >= 1_000_000 || dice < match.PerMillion;
    }

    /// <summary>The condition on the path alone.</summary>
    public static bool MatchesPath(RouteMatchModel match, ReadOnlySpan<byte> target)
    {
        var expected = match.Path.AsSpan();
        switch (match.PathKind)
        {
            case PathMatchKind.Prefix:
                return StartsWith(target, expected, match.IgnoreCase);
            case PathMatchKind.Exact:
                var path = WithoutQuery(target);
                return path.Length == expected.Length && StartsWith(path, expected, match.IgnoreCase);
            case PathMatchKind.SegmentPrefix:
                var whole = WithoutQuery(target);
                return StartsWith(whole, expected, match.IgnoreCase) && (whole.Length == expected.Length || whole[expected.Length] == '/');
            default:
                return TextMatcher.IsWholeMatch(match.PathRegex!, WithoutQuery(target));
        }
    }

    private static bool StartsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> prefix, bool ignoreCase) =>
        text.Length >= prefix.Length
        && (ignoreCase ? Ascii.EqualsIgnoreCase(text[..prefix.Length], prefix) : text.StartsWith(prefix));

    private static ReadOnlySpan<byte> WithoutQuery(ReadOnlySpan<byte> target)
    {
        var query = target.IndexOf((byte)'?');
        return query < 0 ? target : target[..query];
    }

    private static ReadOnlySpan<byte> WithoutPort(ReadOnlySpan<byte> authority)
    {
        var colon = authority.LastIndexOf((byte)':');
        return colon < 0 || authority[colon..].Contains((byte)']') ? authority : authority[..colon];
    }
}
