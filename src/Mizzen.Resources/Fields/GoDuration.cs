using System.Buffers;
using System.Globalization;

namespace Mizzen.Resources.Fields;

/// <summary>Durations as Istio's fields write them: Go's form (<c>1h30m</c>, <c>2.5s</c>, <c>100ms</c>).</summary>
public static class GoDuration
{
    private static readonly SearchValues<char> Number = SearchValues.Create("0123456789.");

    private static readonly (string Unit, double Ticks)[] Units =
    [
        ("ns", 0.01), ("us", 10), ("µs", 10), ("ms", TimeSpan.TicksPerMillisecond), ("s", TimeSpan.TicksPerSecond),
        ("m", TimeSpan.TicksPerMinute), ("h", TimeSpan.TicksPerHour),
    ];

    /// <summary>Reads a duration; false when the text is none.</summary>
    public static bool TryParse(string? text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var rest = text.AsSpan();
        if (rest.Length == 0)
        {
            return false;
        }

        var ticks = 0.0;
        if (rest is "0")
        {
            return true;
        }

        while (rest.Length > 0)
        {
            var digits = rest.IndexOfAnyExcept(Number);
            if (digits <= 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount))
            {
                return false;
            }

            rest = rest[digits..];
            var length = rest.IndexOfAny(Number);
            var unit = (length < 0 ? rest : rest[..length]).ToString();
            var scale = Units.FirstOrDefault(candidate => candidate.Unit == unit).Ticks;
            if (scale == 0)
            {
                return false;
            }

            ticks += amount * scale;
            rest = rest[unit.Length..];
        }

        if (ticks > TimeSpan.MaxValue.Ticks / 2)
        {
            return false;
        }

        duration = TimeSpan.FromTicks((long)ticks);
        return true;
    }

    /// <summary>Reads a duration that validation has let through; null where there is none.</summary>
    public static TimeSpan? Parse(string? text) => TryParse(text, out var duration) ? duration : null;
}
