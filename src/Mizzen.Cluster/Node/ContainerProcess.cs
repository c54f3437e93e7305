using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Mizzen.Netlink;

namespace Mizzen.Cluster.Node;

/// <summary>What is started in a pod.</summary>
/// <param name="Command">Program and arguments.</param>
/// <param name="Environment">The whole environment.</param>
/// <param name="WorkingFolder">The folder it starts in.</param>
/// <param name="HostName">What the machine is called inside.</param>
/// <param name="EtcFiles">Files of /etc by name.</param>
/// <param name="Mounts">Volumes.</param>
/// <param name="Scratch">A folder of its own for layers.</param>
/// <param name="Streams">Its standard streams.</param>
/// <param name="User">Who it shall be; null: the cluster's root.</param>
internal sealed record ContainerStart(
    IReadOnlyList<string> Command,
    IReadOnlyDictionary<string, string> Environment,
    string WorkingFolder,
    string HostName,
    IReadOnlyDictionary<string, string> EtcFiles,
    IReadOnlyList<MountRequest> Mounts,
    string Scratch,
    ProgramStreams Streams,
    ContainerUser? User);

/// <summary>A program that runs in a pod's namespaces.</summary>
internal sealed partial class ContainerProcess : IDisposable
{
    public const int SigTerm = 15;
    public const int SigKill = 9;

    private readonly ChildProcess _process;
    // Open for as long as anybody may ask for its processes: the kernel gives the number of a namespace that is gone to the next one.
    private readonly SafeFileHandle _mounts;

    private ContainerProcess(ChildProcess process, SafeFileHandle mounts) => (_process, _mounts) = (process, mounts);

    public int ProcessId => _process.Id;

    /// <summary>The mount namespace that everything which it starts shares with it.</summary>
    public string? MountNamespace => NamespaceOf((int)_mounts.DangerousGetHandle());

    /// <summary>Null when it is who it should be, else why it is the cluster's root instead.</summary>
    public string? UserRefusal { get; private init; }

    /// <summary>Null when nobody can write to it.</summary>
    public Stream? Input => _process.Input;

    public Stream Output => _process.Output;

    /// <summary>Null with a terminal, which has only one output.</summary>
    public Stream? Errors => _process.Errors;

    /// <summary>
    /// Starts it. A child inherits the namespaces of the thread that forks, so the start happens on a thread that has gone into the
    /// pod's network and a mount namespace of the container's, and that ends afterwards.
    /// </summary>
    /// <exception cref="NodeException">The program cannot be started, or its mounts cannot be made.</exception>
    public static ContainerProcess Start(NetworkNamespace network, ContainerStart start) => network.Run(() =>
    {
        new ContainerMounts(start.Scratch).Enter(start.HostName, start.EtcFiles, start.Mounts);
        return Launch(start);
    });

    /// <summary>Starts a command beside a running container, with the same view of everything.</summary>
    /// <exception cref="NodeException">The program cannot be started, or the container has ended.</exception>
    public static ContainerProcess StartBeside(NetworkNamespace network, int containerProcess, ContainerStart start) => network.Run(() =>
    {
        ContainerMounts.Join(containerProcess);
        return Launch(start);
    });

    /// <summary>The exit code, or 128 and the number of the signal that ended it.</summary>
    public Task<int> WaitAsync(CancellationToken cancellationToken) => _process.Exit.WaitAsync(cancellationToken);

    public void Signal(int signal) => _process.Signal(signal);

    /// <summary>Tells it how large its terminal is, in characters.</summary>
    public void Resize(ushort width, ushort height) => _process.Resize(width, height);

    /// <summary>Ends whatever the program has started and left behind: all that shares its view of the file system.</summary>
    public void EndRemaining() => End(ProcessesIn("mnt", (int)_mounts.DangerousGetHandle()));

    /// <summary>Ends every process of a pod.</summary>
    public static void EndAll(NetworkNamespace network) => End(ProcessesIn(network));

    public void Dispose()
    {
        _mounts.Dispose();
        _process.Dispose();
    }

    /// <summary>Every process in a network namespace: a pod's programs and whatever they started.</summary>
    public static IReadOnlyList<int> ProcessesIn(NetworkNamespace network) =>
        ProcessesIn("net", network.Descriptor);

    private static void End(IEnumerable<int> processes)
    {
        foreach (var process in processes)
        {
            _ = kill(process, SigKill);
        }
    }

    private static ContainerProcess Launch(ContainerStart start)
    {
        var mounts = ContainerMounts.Current();
        try
        {
            var program = ProgramPath.Find(start.Command[0], start.Environment.GetValueOrDefault("PATH"));
            var refusal = start.User is { } user ? UserMap.Current.Obstacle(user) ?? ThreadCredentials.Become(user, FilesOf(program, start)) : null;
            return new ContainerProcess(ChildProcess.Start(program, start), mounts) { UserRefusal = refusal };
        }
        catch (NodeException)
        {
            mounts.Dispose();
            throw;
        }
    }

    // The program, what its runtime is in, and what its command line names: without them it could not even begin.
    private static IReadOnlyList<string> FilesOf(string program, ContainerStart start) =>
    [
        program,
        .. start.Command.Skip(1).Append(start.Environment.GetValueOrDefault("DOTNET_ROOT") ?? "").Where(word => word.StartsWith('/') && Path.Exists(word)),
    ];

    private static List<int> ProcessesIn(string kind, int descriptor)
    {
        var wanted = NamespaceOf(descriptor);
        return wanted is null ? [] : [.. ProcessTable.All().Where(process => ProcessTable.NamespaceOf(process, kind) == wanted)];
    }

    private static string? NamespaceOf(int descriptor) => new FileInfo($"/proc/self/fd/{descriptor}").LinkTarget;

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int processId, int signal);
}
