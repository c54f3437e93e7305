using Mizzen.Proxy.Http;
using Mizzen.Proxy.Routing;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Observation.AccessLogs;

/// <summary>Whether something that ended is worth a line. Pure.</summary>
internal static class AccessLogChoice
{
    /// <param name="filter">The condition.</param>
    /// <param name="status">Status sent to the client; 0 when none was.</param>
    /// <param name="milliseconds">How long it took.</param>
    /// <param name="flags">Response flags.</param>
    /// <param name="request">The request; null for a connection.</param>
    /// <param name="dice">A number below a million.</param>
    public static bool Holds(AccessLogFilterModel filter, int status, long milliseconds, ResponseFlags flags, RequestHead? request, uint dice) => filter switch
    {
        AccessLogFilterModel.Comparison comparison => Holds(comparison, comparison.OfDuration ? milliseconds : status),
        AccessLogFilterModel.Share share => dice < share.PerMillion,
        AccessLogFilterModel.All all => AllHold(all.Filters, status, milliseconds, flags, request, dice),
        AccessLogFilterModel.Any any => AnyHolds(any.Filters, status, milliseconds, flags, request, dice),
        AccessLogFilterModel.Header header => request is { IsEmpty: false } && HeaderMatcher.Matches(header.Match, request),
        AccessLogFilterModel.Flags wanted => HasFlag(wanted.Names, flags),
        _ => false,
    };

    private static bool Holds(AccessLogFilterModel.Comparison comparison, long value) => comparison.Kind switch
    {
        ComparisonKind.Equal => value == comparison.Value,
        ComparisonKind.AtLeast => value >= comparison.Value,
        ComparisonKind.AtMost => value <= comparison.Value,
        _ => value != comparison.Value,
    };

    private static bool AllHold(IReadOnlyList<AccessLogFilterModel> filters, int status, long milliseconds, ResponseFlags flags, RequestHead? request, uint dice)
    {
        for (var i = 0; i < filters.Count; i++)
        {
            if (!Holds(filters[i], status, milliseconds, flags, request, dice))
            {
                return false;
            }
        }

        return true;
    }

    private static bool AnyHolds(IReadOnlyList<AccessLogFilterModel> filters, int status, long milliseconds, ResponseFlags flags, RequestHead? request, uint dice)
    {
        for (var i = 0; i < filters.Count; i++)
        {
            if (Holds(filters[i], status, milliseconds, flags, request, dice))
            {
                return true;
            }
        }

        return false;
    }

    private static bool HasFlag(IReadOnlyList<string> names, ResponseFlags flags)
    {
        if (names.Count == 0)
        {
            return flags != ResponseFlags.None;
        }

        for (var i = 0; i < names.Count; i++)
        {
            if ((flags & ResponseFlagText.Of(names[i])) != 0)
            {
                return true;
            }
        }

        return false;
    }
}
