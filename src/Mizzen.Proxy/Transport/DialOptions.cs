using Mizzen.Proxy.Logging;
using Mizzen.Proxy.Loop;

namespace Mizzen.Proxy.Transport;

/// <summary>How outgoing sockets are made.</summary>
internal sealed unsafe class DialOptions(int mark, Logger log)
{
    private int _markRefused;

    /// <summary>A non-blocking socket for <paramref name="remote"/>, marked so that redirect rules leave it alone, optionally bound to a source address.</summary>
    public int OpenSocket(NetAddress remote, out int error, NetAddress source = default)
    {
        var descriptor = Open(remote, Linux.SocketStream, source, out error);
        if (descriptor >= 0)
        {
            _ = SocketOptions.Set(descriptor, Linux.LevelTcp, Linux.NoDelay, 1);
        }

        return descriptor;
    }

    /// <summary>The same for datagrams; below 0 when there is none.</summary>
    public int OpenDatagramSocket(NetAddress remote, NetAddress source = default) => Open(remote, Linux.SocketDatagram, source, out _);

    private int Open(NetAddress remote, int type, NetAddress source, out int error)
    {
        var family = remote.IsV6 ? Linux.FamilyInet6 : Linux.FamilyInet;
        var descriptor = Syscalls.Socket(family, type | Linux.SocketNonBlocking | Linux.SocketCloseOnExec, 0);
        if (descriptor < 0)
        {
            error = Syscalls.Errno;
            return -1;
        }

        error = 0;
        if (mark != 0 && _markRefused == 0 && SocketOptions.Set(descriptor, Linux.LevelSocket, Linux.Mark, mark) is var refused and not 0
            && Interlocked.Exchange(ref _markRefused, 1) == 0)
        {
            log.Info($"upstream sockets are not marked {mark}: {Syscalls.Describe(refused)}; redirect rules must exempt this process by user id");
        }

        if (!source.IsNone)
        {
            var address = stackalloc byte[NetAddress.LargestSocketAddress];
            var length = source.WriteSocketAddress(new Span<byte>(address, NetAddress.LargestSocketAddress));
            _ = Syscalls.Bind(descriptor, address, length);
        }

        return descriptor;
    }
}
