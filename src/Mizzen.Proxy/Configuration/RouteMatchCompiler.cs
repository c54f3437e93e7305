using Envoy.Config.Route.V3;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Configuration;

/// <summary>RouteMatch messages as conditions.</summary>
internal static class RouteMatchCompiler
{
    public static RouteMatchModel Compile(RouteMatch? message, Problems problems)
    {
        using var scope = problems.At("match");
        if (message is null)
        {
            problems.Add("a route needs a match");
            return new RouteMatchModel();
        }

        var (kind, path) = message.PathSpecifierCase switch
        {
            RouteMatch.PathSpecifierOneofCase.Path => (PathMatchKind.Exact, message.Path),
            RouteMatch.PathSpecifierOneofCase.PathSeparatedPrefix => (PathMatchKind.SegmentPrefix, message.PathSeparatedPrefix),
            RouteMatch.PathSpecifierOneofCase.SafeRegex => (PathMatchKind.Regex, ""),
            RouteMatch.PathSpecifierOneofCase.Prefix => (PathMatchKind.Prefix, message.Prefix),
            _ => (PathMatchKind.Prefix, "/"),
        };
        return new RouteMatchModel
        {
            PathKind = kind,
            Path = Values.Utf8(path),
            PathRegex = kind == PathMatchKind.Regex ? Values.Pattern(message.SafeRegex, whole: true, problems) : null,
            IgnoreCase = message.CaseSensitive == false,
            Headers = [.. message.Headers.Select(header => Header(header, problems))],
            Query = [.. message.QueryParameters.Select(query => Query(query, problems))],
            PerMillion = message.RuntimeFraction is { DefaultValue: { } chance } ? Values.PerMillion(chance) : 1_000_000,
        };
    }

    public static HeaderMatchModel Header(HeaderMatcher message, Problems problems)
    {
        using var scope = problems.At($"headers[{message.Name}]");
        var isPresence = message.HeaderMatchSpecifierCase is not (
            HeaderMatcher.HeaderMatchSpecifierOneofCase.StringMatch or HeaderMatcher.HeaderMatchSpecifierOneofCase.RangeMatch);
        var value = message.HeaderMatchSpecifierCase == HeaderMatcher.HeaderMatchSpecifierOneofCase.StringMatch
            ? Values.Text(message.StringMatch, problems)
            : new StringMatchModel(StringMatchKind.Present, []);
        return new HeaderMatchModel(Values.Utf8(message.Name.ToLowerInvariant()), value)
        {
            // "present: false" is the same as "not present".
            Invert = message.InvertMatch ^ (isPresence && message.HasPresentMatch && !message.PresentMatch),
            TreatMissingAsEmpty = message.TreatMissingHeaderAsEmpty,
            Range = message.RangeMatch is { } range ? (range.Start, range.End) : null,
        };
    }

    private static QueryMatchModel Query(QueryParameterMatcher message, Problems problems) => new(
        Values.Utf8(message.Name),
        message.QueryParameterMatchSpecifierCase == QueryParameterMatcher.QueryParameterMatchSpecifierOneofCase.StringMatch
            ? Values.Text(message.StringMatch, problems)
            : new StringMatchModel(StringMatchKind.Present, []));
}
