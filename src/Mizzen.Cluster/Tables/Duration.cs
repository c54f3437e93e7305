using System.Globalization;

namespace Mizzen.Cluster.Tables;

/// <summary>Time spans as kubectl writes them: the larger the span, the fewer its digits (<c>42s</c>, <c>3m20s</c>, <c>5h</c>, <c>12d</c>).</summary>
internal static class Duration
{
    private const int DaysOfYear = 365;

    public static string Since(DateTimeOffset? time, DateTimeOffset now) => time is { } then ? Text(now - then) : JsonFields.Unknown;

    public static string Text(TimeSpan span)
    {
        // A clock that is a second ahead is no reason to alarm anybody.
        if ((long)span.TotalSeconds < -1)
        {
            return "<invalid>";
        }

        if (span < TimeSpan.Zero)
        {
            return "0s";
        }

        var (seconds, minutes, hours) = ((long)span.TotalSeconds, (long)span.TotalMinutes, (long)span.TotalHours);
        return seconds < 120 ? $"{seconds}s"
            : minutes < 10 ? Two(minutes, "m", seconds % 60, "s")
            : minutes < 180 ? $"{minutes}m"
            : hours < 8 ? Two(hours, "h", minutes % 60, "m")
            : hours < 48 ? $"{hours}h"
            : InDays(hours);
    }

    private static string InDays(long hours)
    {
        var days = hours / 24;
        return days < 8 ? Two(days, "d", hours % 24, "h")
            : days < 2 * DaysOfYear ? $"{days}d"
            : days < 8 * DaysOfYear ? Two(days / DaysOfYear, "y", days % DaysOfYear, "d")
            : $"{days / DaysOfYear}y";
    }

    private static string Two(long large, string largeUnit, long small, string smallUnit) => small == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{large}{largeUnit}")
        : string.Create(CultureInfo.InvariantCulture, $"{large}{largeUnit}{small}{smallUnit}");
}
