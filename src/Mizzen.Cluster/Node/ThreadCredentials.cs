using System.Runtime.InteropServices;

namespace Mizzen.Cluster.Node;

/// <summary>
/// Who the calling thread is (credentials(7)). The kernel keeps that per thread, and a program that is started inherits it from the
/// thread that starts it; the calls of the C library would change all threads, so these are the kernel's own.
/// </summary>
internal static partial class ThreadCredentials
{
    private const int AtCurrentFolder = -100;
    private const int AtEffective = 0x200;
    private const int Executable = 1;
    private const int Readable = 4;

    private static readonly Numbers Calls = RuntimeInformation.ProcessArchitecture == Architecture.Arm64
        ? new Numbers(SetGroups: 159, SetGroup: 149, SetUser: 147, SetFileGroup: 152, SetFileUser: 151)
        : new Numbers(SetGroups: 116, SetGroup: 119, SetUser: 117, SetFileGroup: 123, SetFileUser: 122);

    /// <summary>
    /// Makes the calling thread, which must be one of its own, that user for good. What programs and files the user cannot get to is
    /// found before, because there is no way back.
    /// </summary>
    /// <returns>Null, or which file it is and what would let the user in; the thread has then stayed what it was.</returns>
    /// <exception cref="NodeException">The kernel refuses.</exception>
    public static string? Become(ContainerUser wanted, IReadOnlyList<string> files)
    {
        if (Unreachable(wanted, files) is { } obstacle)
        {
            return obstacle;
        }

        uint[] groups = [.. wanted.Groups.Select(group => (uint)group)];
        Require(syscall(Calls.SetGroups, groups.Length, groups), "setgroups");
        Require(syscall(Calls.SetGroup, (uint)wanted.Group, (uint)wanted.Group, (uint)wanted.Group), "setresgid");
        Require(syscall(Calls.SetUser, (uint)wanted.User, (uint)wanted.User, (uint)wanted.User), "setresuid");
        return null;
    }

    private static string? Unreachable(ContainerUser wanted, IReadOnlyList<string> files)
    {
        var (user, group) = (syscall(Calls.SetFileUser, uint.MaxValue), syscall(Calls.SetFileGroup, (uint)wanted.Group));
        _ = syscall(Calls.SetFileUser, (uint)wanted.User);
        try
        {
            return files.Select((file, index) => Closed(file, index == 0 ? Executable : Readable)).FirstOrDefault(path => path is not null) is { } closed
                ? $"user {wanted.User} may not open {closed}; this allows it: chmod o+{(Directory.Exists(closed) ? "x" : "rx")} {closed}"
                : null;
        }
        finally
        {
            _ = syscall(Calls.SetFileUser, (uint)user);
            _ = syscall(Calls.SetFileGroup, (uint)group);
        }
    }

    // The first folder on the way that is closed, or the file itself.
    private static string? Closed(string file, int mode)
    {
        if (faccessat(AtCurrentFolder, file, mode, AtEffective) == 0)
        {
            return null;
        }

        var closed = file;
        for (var folder = Path.GetDirectoryName(file); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            closed = faccessat(AtCurrentFolder, folder, Executable, AtEffective) == 0 ? closed : folder;
        }

        return closed;
    }

    private static void Require(nint result, string call)
    {
        if (result != 0)
        {
            throw new NodeException($"{call}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    private sealed record Numbers(nint SetGroups, nint SetGroup, nint SetUser, nint SetFileGroup, nint SetFileUser);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint count, uint[] values);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, uint real, uint effective, uint saved);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, uint value);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int faccessat(int folder, string path, int mode, int flags);
}
