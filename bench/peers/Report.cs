using System.Globalization;
using System.Text;

namespace Mizzen.Bench.Peers;

/// <summary>Medians of all rounds as a Markdown table, with our ratio to each.</summary>
internal static class Report
{
    private static readonly (string Title, Func<Round, double> Of)[] Figures =
    [
        ("CPU per request, µs", round => round.CpuMicroseconds),
        ("requests/s on one core", round => round.RequestsPerSecond),
        ("p50 at 1,000 rps, µs", round => round.P50),
        ("p99 at 1,000 rps, µs", round => round.P99),
        ("memory idle, MiB", round => round.IdleMegabytes),
        ("memory after load, MiB", round => round.LoadedMegabytes),
        ("start to first answer, ms", round => round.StartMilliseconds),
    ];

    public static string Write(PeersOptions options, IReadOnlyDictionary<string, List<Round>> results)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"HTTP/1.1 keep-alive, 1 KiB, {options.Connections} connections, one worker on one core; medians of {options.Rounds} alternating rounds of {options.Seconds} s.");
        text.AppendLine();
        text.Append("| |").AppendJoin('|', results.Keys.Select(name => $" {name} ")).AppendLine("|");
        text.Append("|---|").AppendJoin('|', results.Keys.Select(_ => "---:")).AppendLine("|");
        foreach (var (title, of) in Figures)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {title} |");
            text.AppendJoin('|', results.Values.Select(rounds => $" {Number(Median(rounds.Select(of)))} ")).AppendLine("|");
        }

        if (results.TryGetValue("mizzen", out var ours))
        {
            var cpu = Median(ours.Select(round => round.CpuMicroseconds));
            text.Append("| our CPU per request as a share of theirs |");
            text.AppendJoin('|', results.Values.Select(rounds => $" {Number(cpu / Median(rounds.Select(round => round.CpuMicroseconds)))} ")).AppendLine("|");
        }

        return text.ToString();
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    private static string Number(double value) => value.ToString(value >= 100 ? "#,0" : value >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);
}
