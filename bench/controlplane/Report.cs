using System.Globalization;

namespace Mizzen.Bench.ControlPlane;

/// <summary>Outcomes as a Markdown table.</summary>
internal static class Report
{
    public const string Head = """
        | services | proxies | all configured, s | route change to last ACK, p50 ms | p99 ms | CPU of a change, ms | endpoint churn of 100/s, % of a core | memory, MB |
        |---:|---:|---:|---:|---:|---:|---:|---:|
        """;

    public static string Row(Outcome outcome) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {outcome.Size.Services:N0} | {outcome.Size.Proxies} | {outcome.FirstSeconds:0.0} | {At(outcome.Milliseconds, 0.5):0} | {At(outcome.Milliseconds, 0.99):0} | {outcome.ChangeCpuMilliseconds:0} | {outcome.ChurnCores * 100:0} | {outcome.Megabytes:0} |");

    private static double At(IReadOnlyList<double> values, double share)
    {
        var sorted = values.Order().ToList();
        return sorted[Math.Min(sorted.Count - 1, (int)Math.Ceiling(share * sorted.Count) - 1)];
    }
}
