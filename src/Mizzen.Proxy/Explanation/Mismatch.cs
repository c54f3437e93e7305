using System.Text;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Routing;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Explanation;

/// <summary>The first condition of a route that a request does not meet, in words.</summary>
internal static class Mismatch
{
    public static string Of(RouteMatchModel match, RequestHead request)
    {
        if (!RouteMatcher.MatchesPath(match, request.Path))
        {
            return $"the path {Text(request.Path)} {PathWish(match)}";
        }

        foreach (var header in match.Headers.Where(header => !HeaderMatcher.Matches(header, request)))
        {
            return HeaderWish(header, request);
        }

        foreach (var query in match.Query.Where(query => !QueryMatcher.Matches(query, request.Path)))
        {
            return QueryMatcher.TryFind(request.Path, query.Name, out var value)
                ? $"the query parameter {Text(query.Name)} is '{Text(value)}', and {Wish(query.Value)}"
                : $"the query has no parameter {Text(query.Name)}";
        }

        return "it applies to a share of the requests only";
    }

    private static string PathWish(RouteMatchModel match) => match.PathKind switch
    {
        PathMatchKind.Exact => $"is not {Text(match.Path)}",
        PathMatchKind.Prefix => $"does not begin with {Text(match.Path)}",
        PathMatchKind.SegmentPrefix => $"is not {Text(match.Path)} and not below it",
        _ => $"does not match the regular expression {match.PathRegex}",
    };

    private static string HeaderWish(HeaderMatchModel match, RequestHead request)
    {
        var name = Text(match.Name);
        var what = name switch
        {
            ":method" => $"the method is {Text(request.Method)}",
            ":authority" => $"the authority is {Text(request.Authority)}",
            ":path" => $"the path is {Text(request.Path)}",
            ":scheme" => "the scheme is another",
            _ => request.TryGet(match.Name, out var value) ? $"the header {name} is '{Text(value)}'" : $"the request has no header {name}",
        };
        var wish = match.Range is { } range ? $"a number from {range.From} to {range.To - 1} is wanted" : Wish(match.Value);
        return match.Invert ? $"{what}, and {wish.Replace("is wanted", "is not wanted", StringComparison.Ordinal)}" : $"{what}, and {wish}";
    }

    private static string Wish(StringMatchModel match) => match.Kind switch
    {
        StringMatchKind.Exact => $"'{Text(match.Text)}' is wanted",
        StringMatchKind.Prefix => $"something that begins with '{Text(match.Text)}' is wanted",
        StringMatchKind.Suffix => $"something that ends with '{Text(match.Text)}' is wanted",
        StringMatchKind.Contains => $"something with '{Text(match.Text)}' in it is wanted",
        StringMatchKind.Regex => $"something that matches {match.Regex} is wanted",
        _ => "any value is wanted",
    };

    private static string Text(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text);
}
