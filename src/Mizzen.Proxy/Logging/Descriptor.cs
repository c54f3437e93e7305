using System.Runtime.InteropServices;

namespace Mizzen.Proxy.Logging;

/// <summary>
/// Writes to an open file descriptor as write(2) does: where its offset is, so that output redirected to a file is appended to and
/// shared with other writers.
/// </summary>
internal static partial class Descriptor
{
    private const int Interrupted = 4;

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

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint write(int fd, byte* buffer, nuint count);
}
