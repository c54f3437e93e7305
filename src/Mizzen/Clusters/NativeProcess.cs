using System.Runtime.InteropServices;

namespace Mizzen.Clusters;

/// <summary>The two process calls that .NET does not offer: replacing this process, and signals other than kill.</summary>
internal static partial class NativeProcess
{
    public const int SigTerm = 15;
    public const int SigKill = 9;

    /// <summary>Becomes another program (execvp(3)); returns only by throwing.</summary>
    /// <exception cref="UserErrorException">The program could not be started.</exception>
    public static void Become(IReadOnlyList<string> command)
    {
        _ = execvp(command[0], [.. command, null]);
        throw new UserErrorException($"cannot start {command[0]}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>Sends a signal; a process that is gone already is no error.</summary>
    public static void Signal(int processId, int signal) => _ = kill(processId, signal);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int execvp(string file, string?[] arguments);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int processId, int signal);
}
