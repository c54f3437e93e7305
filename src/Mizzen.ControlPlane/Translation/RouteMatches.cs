using Envoy.Config.Route.V3;
using Envoy.Type.Matcher.V3;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Translation;

/// <summary>Conditions of an HTTP rule as a route match.</summary>
internal static class RouteMatches
{
    // Istio ignores header conditions under these names: they have fields of their own.
    private static readonly HashSet<string> Fields = new(StringComparer.Ordinal) { "uri", "scheme", "method", "authority" };

    public static RouteMatch Everything => new() { Prefix = "/" };

    public static RouteMatch Of(HTTPMatchRequest? match)
    {
        if (match is null)
        {
            return Everything;
        }

        var message = OfPath(match);
        Add(message, ":method", match.Method);
        Add(message, ":authority", match.Authority);
        Add(message, ":scheme", match.Scheme);
        foreach (var (name, value) in Sorted(match.Headers).Where(entry => !Fields.Contains(entry.Key)))
        {
            message.Headers.Add(Header(name, value));
        }

        foreach (var (name, value) in Sorted(match.WithoutHeaders).Where(entry => !Fields.Contains(entry.Key)))
        {
            message.Headers.Add(Without(name, value));
        }

        foreach (var (name, value) in Sorted(match.QueryParams))
        {
            message.QueryParameters.Add(Query(name, value));
        }

        return message;
    }

    /// <summary>Whether every request fulfils it: rules behind it would be dead.</summary>
    public static bool IsCatchAll(RouteMatch match)
    {
        var anyPath = match.PathSpecifierCase switch
        {
            RouteMatch.PathSpecifierOneofCase.Prefix => match.Prefix is "/" or "",
            RouteMatch.PathSpecifierOneofCase.SafeRegex => match.SafeRegex.Regex is ".*" or "*",
            _ => false,
        };
        return anyPath && match.Headers.Count == 0 && match.QueryParameters.Count == 0;
    }

    private static RouteMatch OfPath(HTTPMatchRequest match)
    {
        var message = match.Uri switch
        {
            { Exact: { } exact } => new RouteMatch { Path = exact },
            { Prefix: { Length: > 1 } segments } when match.IsPathSegments => new RouteMatch { PathSeparatedPrefix = segments.TrimEnd('/') },
            { Prefix: { } prefix } => new RouteMatch { Prefix = prefix },
            { Regex: { } regex } => new RouteMatch { SafeRegex = new RegexMatcher { Regex = regex } },
            _ => Everything,
        };
        // Only exact and prefix: a regular expression says its case by itself.
        if (match.IgnoreUriCase == true && match.Uri?.Regex is null)
        {
            message.CaseSensitive = false;
        }

        return message;
    }

    private static void Add(RouteMatch message, string name, StringMatch? value)
    {
        if (value is not null)
        {
            message.Headers.Add(Header(name, value));
        }
    }

    private static HeaderMatcher Header(string name, StringMatch value) => Matcher(value) is { } matcher
        ? new HeaderMatcher { Name = name, StringMatch = matcher }
        : new HeaderMatcher { Name = name, PresentMatch = true };

    /// <summary>A header that is not there counts as empty: its absence fulfils "without".</summary>
    private static HeaderMatcher Without(string name, StringMatch value)
    {
        var message = Header(name, value);
        message.InvertMatch = true;
        message.TreatMissingHeaderAsEmpty = message.HeaderMatchSpecifierCase == HeaderMatcher.HeaderMatchSpecifierOneofCase.StringMatch;
        return message;
    }

    private static QueryParameterMatcher Query(string name, StringMatch value) => Matcher(value) is { } matcher
        ? new QueryParameterMatcher { Name = name, StringMatch = matcher }
        : new QueryParameterMatcher { Name = name, PresentMatch = true };

    /// <summary>Null means that presence is enough.</summary>
    private static StringMatcher? Matcher(StringMatch? value) => value switch
    {
        { Exact: { } exact } => new StringMatcher { Exact = exact },
        { Prefix: { } prefix } => new StringMatcher { Prefix = prefix },
        { Regex: { } regex } when regex != "*" => new StringMatcher { SafeRegex = new RegexMatcher { Regex = regex } },
        _ => null,
    };

    private static IEnumerable<KeyValuePair<string, StringMatch>> Sorted(IReadOnlyDictionary<string, StringMatch>? conditions) =>
        (conditions ?? new Dictionary<string, StringMatch>()).OrderBy(entry => entry.Key, StringComparer.Ordinal);
}
