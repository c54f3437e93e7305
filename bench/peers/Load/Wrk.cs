using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Mizzen.Bench.Peers.Load;

/// <summary>Closed-loop HTTP/1.1 load on core 1.</summary>
internal static partial class Wrk
{
    /// <summary>Asks for a path over all connections, again and again.</summary>
    /// <returns>How many requests were answered, in how many seconds.</returns>
    /// <exception cref="InvalidOperationException">Some were not answered, or not with 200.</exception>
    public static async Task<(double Requests, double Seconds)> RunAsync(int port, string path, int connections, int seconds, bool isSecure = false)
    {
        string[] arguments =
        [
            "-c", "1", "wrk", "-t1", $"-c{connections}", $"-d{seconds}s", "--timeout", "30s", string.Create(CultureInfo.InvariantCulture, $"{(isSecure ? "https" : "http")}://127.0.0.1:{port}{path}"),
        ];
        using var wrk = Process.Start(new ProcessStartInfo("taskset", arguments) { UseShellExecute = false, RedirectStandardOutput = true })!;
        var output = await wrk.StandardOutput.ReadToEndAsync();
        await wrk.WaitForExitAsync();
        if (output.Contains("Non-2xx", StringComparison.Ordinal) || output.Contains("Socket errors", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"the contender failed requests:\n{output}");
        }

        var match = Totals.Match(output);
        return (double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), double.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(@"(\d+) requests in ([0-9.]+)s", RegexOptions.CultureInvariant)]
    private static partial Regex Totals { get; }
}
