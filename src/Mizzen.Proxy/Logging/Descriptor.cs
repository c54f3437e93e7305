using System.Runtime.InteropServices;

namespace Mizzen.Proxy.Logging;

/// <summary>
/// Writes to an open file descriptor as write(2) does: where its offset is, so that output redirected to a file is appended to and
/// shared with other writers.
/// </summary>
internal static partial class Descriptor
{
    private const int Interrupted = 4;
    private const int WriteOnly = 1;
    private const int Create = 0x40;
    private const int Append = 0x400;
    private const int CloseOnExec = 0x80000;
    private const uint OwnerWritesAllRead = 0b110_100_100;

    /// <summary>Opens a file so that every write goes to its end, wherever others have moved that; below 0 the negative error number.</summary>
    public static int OpenToAppend(string path)
    {
        var descriptor = open(path, WriteOnly | Create | Append | CloseOnExec, OwnerWritesAllRead);
        return descriptor >= 0 ? descriptor : -Marshal.GetLastPInvokeError();
    }

    public static void Close(int descriptor) => _ = close(descriptor);

    /// <summary>Writes all bytes and waits as long as it takes; 0, or the error number that stopped it.</summary>
    public static unsafe int Write(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            for (var done = 0; done < bytes.Length;)
            {
                var written = write(descriptor, start + done, (nuint)(bytes.Length - done));
                if (written < 0 && Marshal.GetLastPInvokeError() != Interrupted)
                {
                    return Marshal.GetLastPInvokeError();
                }

                done += (int)Math.Max(0, written);
            }
        }

        return 0;
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, uint mode);

    [LibraryImport("libc")]
    private static partial int close(int fd);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint write(int fd, byte* buffer, nuint count);
}
