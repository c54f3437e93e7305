using System.Globalization;
using System.Text;
using Mizzen.Bench.Peers.Scenarios;

namespace Mizzen.Bench.Peers;

/// <summary>Medians of all rounds as a Markdown table, with the first contender's ratio to each.</summary>
internal static class Report
{
    public static string Write(PeersOptions options, Scenario scenario, Dictionary<string, List<Dictionary<string, double>>> results)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{scenario.Title}; medians of {options.Rounds} rounds.");
        text.AppendLine();
        text.Append("| |").AppendJoin('|', results.Keys.Select(name => $" {name} ")).AppendLine("|");
        text.Append("|---|").AppendJoin('|', results.Keys.Select(_ => "---:")).AppendLine("|");
        foreach (var title in results.Values.First()[0].Keys)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {title} |");
            text.AppendJoin('|', results.Values.Select(rounds => $" {Number(Median(rounds, title))} ")).AppendLine("|");
        }

        var first = Median(results.Values.First(), scenario.Compared);
        text.Append(CultureInfo.InvariantCulture, $"| {results.Keys.First()}, as a share of each |");
        text.AppendJoin('|', results.Values.Select(rounds => $" {Number(first / Median(rounds, scenario.Compared))} ")).AppendLine("|");
        return text.ToString();
    }

    private static double Median(List<Dictionary<string, double>> rounds, string title)
    {
        var sorted = rounds.Select(round => round[title]).Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    private static string Number(double value) => value.ToString(value >= 100 ? "#,0" : value >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);
}
