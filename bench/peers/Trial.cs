using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Mizzen.Bench.Peers.Contenders;

namespace Mizzen.Bench.Peers;

/// <summary>What one turn of one contender showed.</summary>
/// <param name="CpuMicroseconds">Processor time per request, µs.</param>
/// <param name="RequestsPerSecond">Under closed-loop load, on one core.</param>
/// <param name="P50">Median latency at a constant rate, µs.</param>
/// <param name="P99">99th percentile at a constant rate, µs.</param>
/// <param name="IdleMegabytes">Memory before the load, MiB (PSS).</param>
/// <param name="LoadedMegabytes">Memory after the load, MiB (PSS).</param>
/// <param name="StartMilliseconds">From start to first answer.</param>
internal sealed record Round(
    double CpuMicroseconds, double RequestsPerSecond, double P50, double P99, double IdleMegabytes, double LoadedMegabytes, double StartMilliseconds);

/// <summary>One turn: start the contender, look at it idle, load it, and look at what that took.</summary>
internal sealed partial class Trial(PeersOptions options, Backend backend)
{
    private const int ConstantRate = 1000;

    public async Task<Round> RunAsync(Contender contender)
    {
        var port = ServerProcess.FreePort();
        var folder = Directory.CreateDirectory(Path.Combine(options.Folder, contender.Name)).FullName;
        using var server = await ServerProcess.StartAsync(0, contender.Command(folder, port, backend.Port), port, contender.Environment);
        var idle = server.MemoryMegabytes();
        await LoadAsync(port, contender.WarmUpSeconds);

        var before = server.CpuSeconds();
        var load = await LoadAsync(port, options.Seconds);
        var cpu = server.CpuSeconds() - before;
        var latency = await ConstantLoad.MeasureAsync(port, ConstantRate, TimeSpan.FromSeconds(options.Seconds));
        return new Round(
            cpu * 1e6 / load.Requests, load.Requests / load.Seconds, latency.P50, latency.P99, idle, server.MemoryMegabytes(), server.StartTime.TotalMilliseconds);
    }

    private async Task<(double Requests, double Seconds)> LoadAsync(int port, int seconds)
    {
        string[] arguments =
        [
            "-c", "1", "wrk", "-t1", $"-c{options.Connections}", $"-d{seconds}s", string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/"),
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
