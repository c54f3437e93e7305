using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Mizzen.Bench.Peers.Load;

/// <summary>Closed-loop HTTP/2 load on core 1: a few connections with several streams each.</summary>
internal static partial class H2Load
{
    private const int Streams = 8;

    /// <summary>Asks for a path, or posts a body to it.</summary>
    /// <param name="port">Where, with prior knowledge.</param>
    /// <param name="path">For what.</param>
    /// <param name="requestsAtOnce">Streams of all connections together.</param>
    /// <param name="seconds">How long.</param>
    /// <param name="extra">Further arguments of h2load.</param>
    /// <returns>How many requests were answered, in how many seconds.</returns>
    /// <exception cref="InvalidOperationException">Some were not answered, or not with 2xx.</exception>
    public static async Task<(double Requests, double Seconds)> RunAsync(int port, string path, int requestsAtOnce, int seconds, params string[] extra)
    {
        string[] arguments =
        [
            "-c", "1", "h2load", $"-c{requestsAtOnce / Streams}", $"-m{Streams}", $"-D{seconds}", .. extra,
            string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}{path}"),
        ];
        using var load = Process.Start(new ProcessStartInfo("taskset", arguments) { UseShellExecute = false, RedirectStandardOutput = true })!;
        var output = await load.StandardOutput.ReadToEndAsync();
        await load.WaitForExitAsync();
        var match = Totals.Match(output);
        if (!match.Success || Number(match, 3) > 0 || !StatusesAreFine(output))
        {
            throw new InvalidOperationException($"the contender failed requests:\n{output}");
        }

        return (Number(match, 1), seconds);
    }

    private static bool StatusesAreFine(string output) => Statuses.Match(output) is { Success: true } match && Number(match, 1) > 0 && Number(match, 2) == 0;

    private static double Number(Match match, int group) => double.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"requests: \d+ total, \d+ started, (\d+) done, (\d+) succeeded, (\d+) failed", RegexOptions.CultureInvariant)]
    private static partial Regex Totals { get; }

    [GeneratedRegex(@"status codes: (\d+) 2xx, \d+ 3xx, (\d+) 4xx", RegexOptions.CultureInvariant)]
    private static partial Regex Statuses { get; }
}
