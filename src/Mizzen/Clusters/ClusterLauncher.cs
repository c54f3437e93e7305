using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Mizzen.Cluster.Sandbox;

namespace Mizzen.Clusters;

/// <summary>
/// Starts the cluster process inside namespaces of its own. In the foreground this process becomes it, so that no parent is left
/// that could die and leave a cluster behind; in the background a new session carries it.
/// </summary>
internal sealed class ClusterLauncher(TimeProvider clock, TextWriter output)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(30);

    /// <summary>Does not return: the cluster's end is this process's end.</summary>
    public static void RunInForeground(ClusterSettings settings)
    {
        var directory = Prepare(settings);
        Announce(directory, Environment.ProcessId);
        NativeProcess.Become(CommandFor(directory));
    }

    /// <summary>Starts the cluster in the background, shows its progress, and returns when it is ready.</summary>
    /// <exception cref="UserErrorException">The cluster did not come up; the message is its own.</exception>
    public async Task<RunningCluster> RunInBackgroundAsync(ClusterSettings settings, CancellationToken cancellationToken)
    {
        var directory = Prepare(settings);
        using var process = StartSession(directory, CommandFor(directory));
        Announce(directory, process.Id);
        var shown = 0L;
        while (true)
        {
            shown = await ShowLogAsync(directory, shown, cancellationToken);
            var record = ClusterRecord.Read(directory)!;
            if (record.Phase == ClusterPhase.Ready)
            {
                await ShowLogAsync(directory, shown, cancellationToken);
                _ = ClusterName.TryParse(settings.Name, out var name);
                return new RunningCluster(name, directory, record);
            }

            if (record.Phase == ClusterPhase.Failed || process.HasExited)
            {
                await ShowLogAsync(directory, shown, cancellationToken);
                throw new UserErrorException(record.Failure ?? $"the cluster process ended before it was ready; its log: {directory.LogFile}");
            }

            await Task.Delay(Pause, clock, cancellationToken);
        }
    }

    private static ClusterDirectory Prepare(ClusterSettings settings)
    {
        if (!ClusterName.TryParse(settings.Name, out var name))
        {
            throw new UserErrorException($"'{settings.Name}' is not a cluster name: use lower-case letters, digits and '-', at most 40");
        }

        if (RunningCluster.Find(name) is { } running)
        {
            throw new UserErrorException(
                $"cluster {name} is running already (process {running.Record.ProcessId}, gateway {running.Record.Gateway}); end it with: mizzen down --name {name}");
        }

        if (settings.Kubeconfig is { } copy)
        {
            KubeconfigFile.RequireOurs(copy);
        }

        RequireFreePort(settings.GatewayPort, "--gateway-port");
        RequireFreePort(settings.ApiPort, "--api-port");
        if (SandboxCommand.Diagnose() is { } obstacle)
        {
            throw new UserErrorException(obstacle);
        }

        var directory = ClusterDirectory.Of(name);
        directory.Recreate();
        settings.Write(directory);
        return directory;
    }

    private static void RequireFreePort(int port, string option)
    {
        try
        {
            using var probe = new TcpListener(IPAddress.Loopback, port);
            probe.Start();
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new UserErrorException($"port {port} on 127.0.0.1 is in use by another program; choose another with {option} (0 takes any free one)", error);
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.AccessDenied)
        {
            throw new UserErrorException($"port {port} needs privileges that you do not have; choose one above 1023 with {option}", error);
        }
    }

    private static void Announce(ClusterDirectory directory, int processId) =>
        new ClusterRecord(processId, ClusterPhase.Starting, "", "", TimeProvider.System.GetUtcNow()).Write(directory);

    private static IReadOnlyList<string> CommandFor(ClusterDirectory directory) =>
        SandboxCommand.For([.. SelfProgram.Command, "cluster-process", directory.Path]);

    // The shell only redirects: program and paths reach it as arguments, not as text.
    private static Process StartSession(ClusterDirectory directory, IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        string[] arguments = ["-c", "log=$1; shift; exec setsid \"$@\" >\"$log\" 2>&1 </dev/null", "sh", directory.LogFile, .. command];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start) ?? throw new UserErrorException("cannot start /bin/sh");
    }

    private async Task<long> ShowLogAsync(ClusterDirectory directory, long from, CancellationToken cancellationToken)
    {
        if (!File.Exists(directory.LogFile))
        {
            return from;
        }

        using var log = new FileStream(directory.LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        log.Position = from;
        using var reader = new StreamReader(log);
        await output.WriteAsync((await reader.ReadToEndAsync(cancellationToken)).AsMemory(), cancellationToken);
        await output.FlushAsync(cancellationToken);
        return log.Position;
    }
}
