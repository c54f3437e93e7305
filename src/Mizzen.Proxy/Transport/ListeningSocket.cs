using System.Net;

using Mizzen.Proxy.Loop;

namespace Mizzen.Proxy.Transport;

/// <summary>Makes listening sockets, and those that take datagrams. Several share an address (SO_REUSEPORT), one per loop; the kernel spreads connections over them.</summary>
internal static unsafe class ListeningSocket
{
    private const int Backlog = 4096;

    /// <summary>Opens <paramref name="count"/> sockets on one address. With port 0 all get the port that the kernel gives the first.</summary>
    /// <exception cref="IOException">The address cannot be bound; the message names it and says why.</exception>
    public static int[] Open(IPEndPoint address, int count, out IPEndPoint bound, bool isDatagram = false)
    {
        Probe(address, isDatagram);
        var sockets = new int[count];
        var wanted = NetAddress.Of(address);
        for (var i = 0; i < count; i++)
        {
            sockets[i] = OpenOne(wanted, reusePort: true, isDatagram, out var error);
            if (error != 0)
            {
                Close(sockets.AsSpan(0, i));
                throw Failure(address, error);
            }

            wanted = SocketOptions.LocalOf(sockets[i]);
        }

        bound = new IPEndPoint(address.Address, wanted.Port);
        return sockets;
    }

    /// <summary>Goes on with sockets that listen already, and opens more on their address where there are fewer than <paramref name="count"/>.</summary>
    /// <exception cref="IOException">No more can be opened; the message names the address and says why.</exception>
    public static int[] Adopt(int[] sockets, int count, out IPEndPoint bound, bool isDatagram = false)
    {
        var local = SocketOptions.LocalOf(sockets[0]);
        bound = new IPEndPoint(local.ToIPAddress(), local.Port);
        var all = new List<int>(sockets);
        while (all.Count < count)
        {
            var socket = OpenOne(local, reusePort: true, isDatagram, out var error);
            if (error != 0)
            {
                Close(all.ToArray());
                throw Failure(bound, error);
            }

            all.Add(socket);
        }

        return [.. all];
    }

    public static void Close(ReadOnlySpan<int> sockets)
    {
        foreach (var socket in sockets)
        {
            _ = Syscalls.Close(socket);
        }
    }

    /// <summary>With SO_REUSEPORT a second proxy would silently take half of the first one's connections; without it the kernel tells.</summary>
    private static void Probe(IPEndPoint address, bool isDatagram)
    {
        if (address.Port == 0)
        {
            return;
        }

        var socket = OpenOne(NetAddress.Of(address), reusePort: false, isDatagram, out var error);
        if (error != 0)
        {
            throw Failure(address, error);
        }

        _ = Syscalls.Close(socket);
    }

    private static int OpenOne(NetAddress address, bool reusePort, bool isDatagram, out int error)
    {
        var family = address.IsV6 ? Linux.FamilyInet6 : Linux.FamilyInet;
        var socket = Syscalls.Socket(family, (isDatagram ? Linux.SocketDatagram : Linux.SocketStream) | Linux.SocketNonBlocking | Linux.SocketCloseOnExec, 0);
        if (socket < 0)
        {
            error = Syscalls.Errno;
            return -1;
        }

        if (!isDatagram)
        {
            // Of a port that was just closed. For datagrams it would let two programs have the port.
            _ = SocketOptions.Set(socket, Linux.LevelSocket, Linux.ReuseAddress, 1);
        }

        if (reusePort)
        {
            _ = SocketOptions.Set(socket, Linux.LevelSocket, Linux.ReusePort, 1);
        }

        var target = stackalloc byte[NetAddress.LargestSocketAddress];
        var length = address.WriteSocketAddress(new Span<byte>(target, NetAddress.LargestSocketAddress));
        error = Syscalls.Bind(socket, target, length) == 0 && (isDatagram || Syscalls.Listen(socket, Backlog) == 0) ? 0 : Syscalls.Errno;
        if (error != 0)
        {
            _ = Syscalls.Close(socket);
        }

        return socket;
    }

    private static IOException Failure(IPEndPoint address, int error) =>
        new($"cannot listen on {address}: {Syscalls.Describe(error)}");
}
