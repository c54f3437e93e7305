using System.Globalization;
using Mizzen.Proxy.Admin;
using Mizzen.Proxy.Configuration;
using Mizzen.Proxy.Handover;
using Mizzen.Proxy.Logging;

namespace Mizzen.Proxy.Commands;

/// <summary><c>mizzen-proxy --config FILE</c>: serves what a file says.</summary>
internal static class StaticCommand
{
    private static readonly Flag[] Known =
    [
        new("config", "file in the shape of Envoy's bootstrap, as JSON", 'c'),
        new("concurrency", "loops (one per processor)"),
        new("log-level", "debug, info, warning, error or off (info)", 'l'),
        new("drain-duration", "how long open connections may take to end after SIGTERM (5s)"),
        new("drain-time-s", "seconds that connections may stay whose listener is gone from the configuration (600)"),
        new("hot-restart", "path of a Unix socket: a process that serves there hands its listening sockets over to this one and leaves"),
        new("help", "this text", 'h', IsSwitch: true),
    ];

    public static string Help => $"""
        mizzen-proxy --config: serves what a file says

        usage: mizzen-proxy --config FILE [flags]

        {Flags.Help(Known)}
        """;

    public static async Task<int> RunAsync(string[] arguments, TextWriter output)
    {
        var flags = new Flags("--config", Known).Parse(arguments);
        if (flags.Has("help"))
        {
            await output.WriteAsync(Help);
            return CommandLine.Success;
        }

        if (flags["config"] is not { } file || flags.Rest.Count > 0)
        {
            throw new UsageException("say  mizzen-proxy --config FILE  (see  mizzen-proxy --help)");
        }

        var bootstrap = StaticBootstrap.Read(file);
        var log = LogOutput.StandardError(LogLevels.Of(flags, "log-level", LogLevel.Info), TimeProvider.System);
        using var restart = flags["hot-restart"] is { } path ? new HotRestart(path, log.For("restart")) : null;
        await using var process = new ProxyProcess(new ProxyProcessOptions
        {
            Concurrency = Loops(flags),
            DrainDuration = Drain(flags),
            DrainTime = DrainTime(flags),
            Overload = bootstrap.Overload,
            Inherited = restart?.Take() ?? new InheritedSockets(),
            Log = log,
            EngineLog = log,
        });
        if (bootstrap.Admin is { } admin)
        {
            var address = process.Serve(admin, new AdminHandler(process.State));
            log.For("proxy").Info($"admin on http://{address}");
        }

        await ServeAsync(bootstrap.Resources, process, restart, log);
        return CommandLine.Success;
    }

    private static async Task ServeAsync(ResourceStore resources, ProxyProcess process, HotRestart? restart, LogOutput log)
    {
        var live = new LiveConfiguration(resources, process);
        _ = await live.ChangeAsync(_ => true, CancellationToken.None);
        if (!process.State.ListenersStand)
        {
            throw new InvalidDataException(string.Join("; ", process.State.ListenerFailures));
        }

        restart?.Replace();
        process.CloseUnusedSockets();
        var names = new DnsLoop(live, log.For("dns"), TimeProvider.System);
        var files = new FileLoop(live, log.For("files"), TimeProvider.System);
        await process.RunAsync(stop => Task.WhenAll(names.RunAsync(stop), files.RunAsync(stop), restart?.HandOverAsync(process, stop) ?? Task.CompletedTask));
    }

    private static int Loops(Flags flags) => flags["concurrency"] switch
    {
        null => 0,
        { } text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        { } text => throw new UsageException($"--concurrency {text}: that is not a number of loops"),
    };

    private static TimeSpan DrainTime(Flags flags) => flags["drain-time-s"] switch
    {
        null => TimeSpan.FromMinutes(10),
        { } text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) => TimeSpan.FromSeconds(seconds),
        { } text => throw new UsageException($"--drain-time-s {text}: that is not a number of seconds"),
    };

    private static TimeSpan Drain(Flags flags)
    {
        try
        {
            return ProxyConfig.Duration(flags["drain-duration"] ?? "5s");
        }
        catch (FormatException error)
        {
            throw new UsageException($"--drain-duration: {error.Message}");
        }
    }
}
