using System.Runtime.InteropServices;
using System.Text;

namespace Mizzen.Cluster.Node;

/// <summary>A terminal that is no machine (pty(7)): this process holds one side, a program of a container has the other.</summary>
internal sealed partial class PseudoTerminal
{
    private const int ReadWrite = 2;
    private const int NotControlling = 0x100;
    private const int CloseOnExec = 0x80000;
    private const int SetWindowSize = 0x5414;
    private const int LongestPath = 64;

    private PseudoTerminal(int descriptor, string path) => (Descriptor, Path) = (descriptor, path);

    public int Descriptor { get; }

    /// <summary>Where the program finds its side.</summary>
    public string Path { get; }

    /// <exception cref="NodeException">The machine has no more terminals.</exception>
    public static PseudoTerminal Open()
    {
        var descriptor = posix_openpt(ReadWrite | NotControlling | CloseOnExec);
        var path = new byte[LongestPath];
        if (descriptor < 0 || unlockpt(descriptor) != 0 || ptsname_r(descriptor, path, path.Length) != 0)
        {
            throw new NodeException($"no terminal for the container: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        return new PseudoTerminal(descriptor, Encoding.UTF8.GetString(path.AsSpan(0, path.AsSpan().IndexOf((byte)0))));
    }

    /// <summary>Tells the program how large its window is, in characters.</summary>
    public void Resize(ushort width, ushort height) => _ = ioctl(Descriptor, SetWindowSize, [height, width, 0, 0]);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int posix_openpt(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unlockpt(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ptsname_r(int descriptor, [Out] byte[] path, nint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(int descriptor, nuint request, ushort[] size);
}
