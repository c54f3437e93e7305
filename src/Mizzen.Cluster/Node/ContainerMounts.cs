using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Mizzen.Cluster.Node;

/// <summary>
/// What a container sees of the file system: the host's, with an /etc and a /run of its own and its volumes where the pod wants them.
/// All of it is made in a mount namespace that only the container's thread is in, so that nothing is ever written to the host.
/// </summary>
internal sealed partial class ContainerMounts(string scratch)
{
    private const int CloneFs = 0x200;
    private const int CloneNewMount = 0x20000;
    private const int CloneNewHostName = 0x4000000;
    private const int ReadOnlyCloseOnExec = 0x80000;
    private const int Detach = 2;
    private const ulong ReadOnly = 0x1;
    private const ulong Remount = 0x20;
    private const ulong Bind = 0x1000;
    private const ulong Recursive = 0x4000;
    private const ulong Unbindable = 0x20000;
    private const ulong Private = 0x40000;

    private static readonly Dictionary<string, string> NoFiles = [];

    private readonly HashSet<string> _ownFolders = ["/run"];

    /// <summary>Takes the calling thread, which must be one of its own, into the container's view. Files of /etc are given by name.</summary>
    /// <exception cref="NodeException">The kernel refuses, or a mount point cannot be made.</exception>
    public void Enter(string hostName, IReadOnlyDictionary<string, string> etcFiles, IReadOnlyList<MountRequest> mounts)
    {
        Require(unshare(CloneFs | CloneNewMount | CloneNewHostName), "a mount namespace for the container");
        Require(sethostname(hostName, hostName.Length), "the container's host name");
        Mount("none", "/", null, Recursive | Private, null);
        var missing = mounts.Where(mount => !Path.Exists(TopOf(Real(mount.Target)))).ToList();
        if (missing.Count > 0)
        {
            BuildRoot(missing);
        }

        foreach (var layer in mounts.Select(mount => TopOf(Real(mount.Target))).Append("/etc").Except(_ownFolders).Distinct().ToList())
        {
            AttachLayer(layer, layer == "/etc" ? etcFiles : NoFiles, mounts);
        }

        Mount("tmpfs", "/run", "tmpfs", 0, "mode=0755");
        foreach (var mount in mounts.OrderBy(mount => mount.Target.Length))
        {
            Place(mount);
        }
    }

    /// <summary>Takes the calling thread, which must be one of its own, into the view of a container that runs.</summary>
    public static void Join(int processId)
    {
        Require(unshare(CloneFs), "a file system view of its own");
        // The mount namespace comes last: it takes this thread's /proc away.
        EnterNamespace(processId, "uts");
        EnterNamespace(processId, "mnt");
    }

    /// <summary>The mount namespace that the calling thread is in. It lives on for as long as the handle is open.</summary>
    /// <exception cref="NodeException">It cannot be opened.</exception>
    public static SafeFileHandle Current()
    {
        var descriptor = open("/proc/thread-self/ns/mnt", ReadOnlyCloseOnExec);
        Require(descriptor < 0 ? -1 : 0, "hold the mount namespace");
        return new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Mounts a file system in memory; for the folder that holds the pods of this cluster.</summary>
    public static void MountMemory(string folder) => Mount("tmpfs", folder, "tmpfs", 0, "mode=0700");

    private static void EnterNamespace(int processId, string kind)
    {
        var descriptor = open($"/proc/{processId}/ns/{kind}", ReadOnlyCloseOnExec);
        Require(descriptor < 0 ? -1 : 0, "find the container");
        try
        {
            Require(setns(descriptor, 0), "enter the container");
        }
        finally
        {
            _ = close(descriptor);
        }
    }

    // The host has no folder at the top that some mounts want: a root in memory has them, and all that the host's root has.
    private void BuildRoot(IEnumerable<MountRequest> missing)
    {
        var root = Directory.CreateDirectory(Path.Combine(scratch, "root")).FullName;
        Mount("tmpfs", root, "tmpfs", 0, "mode=0755");
        Mount("none", root, null, Unbindable, null);
        foreach (var entry in new DirectoryInfo("/").EnumerateFileSystemInfos())
        {
            CopyEntry(entry, root + entry.FullName);
        }

        foreach (var mount in missing)
        {
            var target = Real(mount.Target);
            var top = TopOf(target);
            if (top != target || Directory.Exists(mount.Source))
            {
                Directory.CreateDirectory(root + top);
            }
            else
            {
                File.WriteAllText(root + top, "");
            }

            _ownFolders.Add(top);
        }

        Require(chdir(root), "enter the container's root");
        Require(pivot_root(".", "."), "the container's root");
        Require(umount2(".", Detach), "leave the host's root");
        Require(chdir("/"), "enter the container's root");
    }

    private static void CopyEntry(FileSystemInfo entry, string place)
    {
        if (entry.LinkTarget is { } target)
        {
            File.CreateSymbolicLink(place, target);
            return;
        }

        if (entry is DirectoryInfo)
        {
            Directory.CreateDirectory(place);
        }
        else
        {
            File.WriteAllText(place, "");
        }

        Mount(entry.FullName, place, null, Bind | Recursive, null);
    }

    private static void Place(MountRequest mount)
    {
        var target = Real(mount.Target);
        MakeMountPoint(target, isFolder: Directory.Exists(mount.Source));
        Mount(mount.Source, target, null, Bind | Recursive, null);
        if (mount.IsReadOnly)
        {
            Mount("none", target, null, Bind | Remount | ReadOnly, null);
        }
    }

    private static void MakeMountPoint(string target, bool isFolder)
    {
        if (Path.Exists(target))
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(isFolder ? target : Path.GetDirectoryName(target)!);
            if (!isFolder)
            {
                File.WriteAllText(target, "");
            }
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            throw new NodeException($"mountPath {target} cannot be made: {error.Message}");
        }
    }

    // A writable layer over a folder of the host; it is in memory and goes with the pod. Mount points that the host lacks are made in
    // the layer before it is attached: afterwards a user without rights on the host's folders could not.
    private void AttachLayer(string folder, IReadOnlyDictionary<string, string> files, IReadOnlyList<MountRequest> mounts)
    {
        var missing = mounts
            .Select(mount => (Target: Real(mount.Target), IsFolder: Directory.Exists(mount.Source)))
            .Where(mount => TopOf(mount.Target) == folder && mount.Target != folder && !Path.Exists(mount.Target))
            .ToList();
        if (files.Count == 0 && missing.Count == 0)
        {
            return;
        }

        var layer = Path.Combine(scratch, "layer" + folder.Replace('/', '-'));
        var work = Directory.CreateDirectory(Path.Combine(layer, "work")).FullName;
        var upper = Directory.CreateDirectory(Path.Combine(layer, "upper")).FullName;
        // The layer's own folder is what everybody sees then, with its mode.
        File.SetUnixFileMode(upper, File.GetUnixFileMode(folder));
        foreach (var (name, text) in files)
        {
            File.WriteAllText(Path.Combine(upper, name), text);
        }

        foreach (var (target, isFolder) in missing)
        {
            MakeMountPoint(upper + target[folder.Length..], isFolder);
        }

        Mount("overlay", folder, "overlay", 0, $"lowerdir={folder},upperdir={upper},workdir={work},userxattr");
    }

    private static string TopOf(string path) => "/" + path.Split('/', StringSplitOptions.RemoveEmptyEntries)[0];

    // /var/run is /run almost everywhere, and mount(2) would follow the link to the host's own.
    private static string Real(string path) =>
        path.StartsWith("/var/run/", StringComparison.Ordinal) && new DirectoryInfo("/var/run").LinkTarget is not null ? "/run" + path[8..].TrimEnd('/') : path.TrimEnd('/');

    private static void Mount(string source, string target, string? type, ulong flags, string? data) =>
        Require(mount(source, target, type, flags, data), $"mount {target}");

    private static void Require(int result, string what)
    {
        if (result != 0)
        {
            throw new NodeException($"{what}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unshare(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setns(int descriptor, int kind);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int sethostname(string name, nint length);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int chdir(string path);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int pivot_root(string next, string old);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int umount2(string target, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mount(string source, string target, string? type, ulong flags, string? data);
}

/// <summary>A file or folder that a container sees at another place.</summary>
/// <param name="Source">Where it is.</param>
/// <param name="Target">Where the container sees it.</param>
/// <param name="IsReadOnly">Whether the container may change it.</param>
internal sealed record MountRequest(string Source, string Target, bool IsReadOnly);

/// <summary>The node cannot do what a pod asks for; the message says what and why.</summary>
public class NodeException(string message) : Exception(message);
