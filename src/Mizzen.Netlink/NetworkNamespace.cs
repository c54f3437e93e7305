using System.Runtime.InteropServices;

namespace Mizzen.Netlink;

/// <summary>
/// A network namespace (network_namespaces(7)), kept alive by a file descriptor. Code runs inside on a thread of its own that ends
/// with it: in a user namespace a thread cannot go back to where it came from, so it must never be one of the pool's.
/// </summary>
public sealed partial class NetworkNamespace : IDisposable
{
    private const int CloneNewNet = 0x40000000;
    private const int ReadOnlyCloseOnExec = 0x80000;

    private NetworkNamespace(int fd) => Descriptor = fd;

    /// <summary>The file descriptor, for kernel calls that put something into the namespace.</summary>
    public int Descriptor { get; }

    /// <summary>Makes a new, empty namespace.</summary>
    /// <exception cref="NetlinkException">The kernel forbids it.</exception>
    public static NetworkNamespace Create() => OnOwnThread(() =>
    {
        Require(unshare(CloneNewNet), "a new network namespace");
        return new NetworkNamespace(Require(open("/proc/thread-self/ns/net", ReadOnlyCloseOnExec), "open the network namespace"));
    });

    /// <summary>Runs code inside, on a thread that ends afterwards, and waits for it.</summary>
    public T Run<T>(Func<T> action) => OnOwnThread(() =>
    {
        Enter();
        return action();
    });

    /// <inheritdoc cref="Run{T}(Func{T})"/>
    public void Run(Action action) => Run(() =>
    {
        action();
        return true;
    });

    /// <summary>Moves the calling thread inside, for good: only for threads that were started for it.</summary>
    public void Enter() => Require(setns(Descriptor, CloneNewNet), "enter the network namespace");

    /// <inheritdoc/>
    public void Dispose() => _ = close(Descriptor);

    private static T OnOwnThread<T>(Func<T> action)
    {
        T? result = default;
        Exception? failure = null;
        var thread = new Thread(
            () =>
            {
                try
                {
                    result = action();
                }
                catch (Exception error)
                {
                    failure = error;
                }
            },
            256 * 1024);
        thread.Start();
        thread.Join();
        if (failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }

        return result!;
    }

    private static int Require(int result, string what) =>
        result >= 0 ? result : throw new NetlinkException(what, Marshal.GetLastPInvokeError(), null);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unshare(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setns(int fd, int type);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int fd);
}
