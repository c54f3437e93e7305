using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Mizzen.Netlink;

namespace Mizzen.Cluster.Node;

/// <summary>What is started in a pod.</summary>
/// <param name="Command">Program and arguments.</param>
/// <param name="Environment">The whole environment.</param>
/// <param name="WorkingFolder">The folder it starts in.</param>
/// <param name="EtcFiles">Files of /etc by name.</param>
/// <param name="Mounts">Volumes.</param>
/// <param name="Scratch">A folder of its own for layers.</param>
internal sealed record ContainerStart(
    IReadOnlyList<string> Command,
    IReadOnlyDictionary<string, string> Environment,
    string WorkingFolder,
    IReadOnlyDictionary<string, string> EtcFiles,
    IReadOnlyList<MountRequest> Mounts,
    string Scratch);

/// <summary>A program that runs in a pod's namespaces.</summary>
internal sealed partial class ContainerProcess : IDisposable
{
    public const int SigTerm = 15;
    public const int SigKill = 9;

    private readonly Process _process;

    private ContainerProcess(Process process) => _process = process;

    public int ProcessId => _process.Id;

    public StreamReader Output => _process.StandardOutput;

    public StreamReader Errors => _process.StandardError;

    /// <summary>
    /// Starts it. A child inherits the namespaces of the thread that forks, so the start happens on a thread that has gone into the
    /// pod's network and a mount namespace of the container's, and that ends afterwards.
    /// </summary>
    /// <exception cref="NodeException">The program cannot be started, or its mounts cannot be made.</exception>
    public static ContainerProcess Start(NetworkNamespace network, ContainerStart start) => network.Run(() =>
    {
        new ContainerMounts(start.Scratch).Enter(start.EtcFiles, start.Mounts);
        var info = new ProcessStartInfo(start.Command[0])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = start.WorkingFolder,
        };
        foreach (var argument in start.Command.Skip(1))
        {
            info.ArgumentList.Add(argument);
        }

        info.Environment.Clear();
        foreach (var (name, value) in start.Environment)
        {
            info.Environment[name] = value;
        }

        try
        {
            var process = Process.Start(info) ?? throw new NodeException($"{start.Command[0]} did not start");
            process.StandardInput.Close();
            return new ContainerProcess(process);
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new NodeException($"cannot start {start.Command[0]}: {error.Message}");
        }
    });

    public async Task<int> WaitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    public void Signal(int signal) => _ = kill(_process.Id, signal);

    public void Dispose() => _process.Dispose();

    /// <summary>Every process in a network namespace: a pod's programs and whatever they started.</summary>
    public static IReadOnlyList<int> ProcessesIn(NetworkNamespace network)
    {
        var wanted = new FileInfo($"/proc/self/fd/{network.Descriptor}").LinkTarget;
        var found = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) && IsIn(folder, wanted))
            {
                found.Add(id);
            }
        }

        return found;
    }

    public static void Signal(int processId, int signal) => _ = kill(processId, signal);

    private static bool IsIn(string processFolder, string? wanted)
    {
        try
        {
            return wanted is not null && new FileInfo(Path.Combine(processFolder, "ns", "net")).LinkTarget == wanted;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It ended while we looked.
            return false;
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int processId, int signal);
}
