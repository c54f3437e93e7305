using Mizzen.Proxy.Loop;

namespace Mizzen.Proxy.Tcp;

/// <summary>Kernel pipes of one loop through which spliced bytes pass. A relay holds one only while bytes are inside.</summary>
internal sealed unsafe class PipePool : IDisposable
{
    private const int Kept = 64;

    private readonly Stack<(int Read, int Write)> _free = new();

    /// <summary>An empty pipe; false when the process is out of descriptors.</summary>
    public bool TryRent(out int read, out int write)
    {
        if (_free.TryPop(out var pipe))
        {
            (read, write) = pipe;
            return true;
        }

        var ends = stackalloc int[2];
        if (Syscalls.Pipe(ends, Linux.SocketNonBlocking | Linux.SocketCloseOnExec) < 0)
        {
            read = -1;
            write = -1;
            return false;
        }

        read = ends[0];
        write = ends[1];
        return true;
    }

    /// <summary>Takes back an empty pipe.</summary>
    public void Return(int read, int write)
    {
        if (_free.Count < Kept)
        {
            _free.Push((read, write));
        }
        else
        {
            Close(read, write);
        }
    }

    /// <summary>Drops a pipe that still holds bytes.</summary>
    public static void Close(int read, int write)
    {
        _ = Syscalls.Close(read);
        _ = Syscalls.Close(write);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_free.TryPop(out var pipe))
        {
            Close(pipe.Read, pipe.Write);
        }
    }
}
