using System.Diagnostics;
using System.Globalization;

namespace Mizzen.Bench.ControlPlane;

/// <summary>What came of one size of mesh.</summary>
/// <param name="Size">The mesh.</param>
/// <param name="FirstSeconds">From the start of all proxies until each has everything.</param>
/// <param name="Milliseconds">Of each route change: from the change to the last acknowledgement.</param>
/// <param name="ChangeCpuMilliseconds">The control plane's CPU time of a route change.</param>
/// <param name="ChurnCores">The control plane's CPU while 100 endpoints a second change, in cores.</param>
/// <param name="Megabytes">Resident memory of the control plane in the end.</param>
internal sealed record Outcome(MeshSize Size, double FirstSeconds, IReadOnlyList<double> Milliseconds, double ChangeCpuMilliseconds, double ChurnCores, double Megabytes);

/// <summary>One control plane, one process of proxies.</summary>
internal sealed class Trial(BenchOptions options, MeshSize size)
{
    private const int ChurnPerSecond = 100;
    private static readonly TimeProvider Clock = TimeProvider.System;

    public async Task<Outcome> RunAsync()
    {
        using var stop = new CancellationTokenSource();
        var mesh = new BenchMesh(size.Services);
        await using var server = new BenchServer(mesh);
        await server.StartAsync(stop.Token);
        var running = mesh.RunAsync(stop.Token);
        var started = Clock.GetTimestamp();
        using var proxies = Start(server.Address);
        try
        {
            await UntilSettledAsync(server, proxies);
            var first = Clock.GetElapsedTime(started).TotalSeconds;
            for (var i = 0; i < size.Proxies; i++)
            {
                await AcknowledgementAsync(proxies);
            }

            var (latencies, cpu) = await ChangeRoutesAsync(mesh, proxies);
            // The first seconds are the compiler's: what the runtime makes faster while it runs is not what churn costs.
            await ChurnAsync(mesh, options.WarmUpSeconds);
            var churn = await ChurnAsync(mesh, options.ChurnSeconds);
            return new Outcome(size, first, latencies, cpu, churn, Environment.WorkingSet / 1024.0 / 1024);
        }
        finally
        {
            proxies.Kill();
            await stop.CancelAsync();
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Process Start(Uri address)
    {
        string[] arguments = ["-c", "1", "dotnet", typeof(Trial).Assembly.Location, "proxies", address.ToString(), Text(size.Services), Text(size.Proxies)];
        return Process.Start(new ProcessStartInfo("taskset", arguments) { RedirectStandardOutput = true })!;
    }

    private async Task UntilSettledAsync(BenchServer server, Process proxies)
    {
        while (server.Settled < size.Proxies)
        {
            if (proxies.HasExited)
            {
                throw new InvalidOperationException("the proxies have ended");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), Clock);
        }
    }

    private async Task<(IReadOnlyList<double> Milliseconds, double Cpu)> ChangeRoutesAsync(BenchMesh mesh, Process proxies)
    {
        var latencies = new List<double>();
        var before = Cpu();
        for (var i = 0; i < options.Changes; i++)
        {
            var changed = Clock.GetTimestamp();
            mesh.ChangeRoute(i % size.Services, i + 2);
            var last = changed;
            for (var proxy = 0; proxy < size.Proxies; proxy++)
            {
                last = Math.Max(last, await AcknowledgementAsync(proxies));
            }

            latencies.Add(Clock.GetElapsedTime(changed, last).TotalMilliseconds);
        }

        return (latencies, (Cpu() - before).TotalMilliseconds / options.Changes);
    }

    private async Task<double> ChurnAsync(BenchMesh mesh, int seconds)
    {
        var started = Clock.GetTimestamp();
        var before = Cpu();
        for (var i = 0; i < seconds * ChurnPerSecond; i++)
        {
            mesh.ChangeEndpoints(i * 7 % size.Services);
            var due = TimeSpan.FromSeconds((i + 1.0) / ChurnPerSecond) - Clock.GetElapsedTime(started);
            if (due > TimeSpan.Zero)
            {
                await Task.Delay(due, Clock);
            }
        }

        return (Cpu() - before) / Clock.GetElapsedTime(started);
    }

    private static async Task<long> AcknowledgementAsync(Process proxies) =>
        long.Parse(await proxies.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the proxies have ended"), CultureInfo.InvariantCulture);

    private static TimeSpan Cpu() => Environment.CpuUsage.TotalTime;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
