using Mizzen.Proxy.Loop;

namespace Mizzen.Proxy.Transport;

/// <summary>What is done to sockets by option.</summary>
internal static unsafe class SocketOptions
{
    /// <summary>Sets an integer option; returns 0 or the error number.</summary>
    public static int Set(int descriptor, int level, int option, int value) =>
        Syscalls.SetSocketOption(descriptor, level, option, &value, sizeof(int)) == 0 ? 0 : Syscalls.Errno;

    /// <summary>The pending error of a socket, which is cleared; 0 when there is none.</summary>
    public static int TakeError(int descriptor)
    {
        var error = 0;
        var length = sizeof(int);
        return Syscalls.GetSocketOption(descriptor, Linux.LevelSocket, Linux.SocketError, &error, &length) == 0 ? error : Syscalls.Errno;
    }

    /// <summary>Asks a silent peer whether it is still there (tcp(7)).</summary>
    public static void KeepAlive(int descriptor, KeepaliveModel model)
    {
        _ = Set(descriptor, Linux.LevelSocket, Linux.KeepAlive, 1);
        SetIf(Linux.KeepaliveCount, model.Probes);
        SetIf(Linux.KeepaliveIdle, model.Time);
        SetIf(Linux.KeepaliveInterval, model.Interval);

        void SetIf(int option, int? value)
        {
            if (value is { } given)
            {
                _ = Set(descriptor, Linux.LevelTcp, option, given);
            }
        }
    }

    /// <summary>Makes the next close send a reset.</summary>
    public static void ResetOnClose(int descriptor)
    {
        var linger = stackalloc int[2] { 1, 0 };
        _ = Syscalls.SetSocketOption(descriptor, Linux.LevelSocket, Linux.Linger, linger, 2 * sizeof(int));
    }

    public static NetAddress LocalOf(int descriptor)
    {
        var address = stackalloc byte[NetAddress.LargestSocketAddress];
        var length = NetAddress.LargestSocketAddress;
        return Syscalls.GetSocketName(descriptor, address, &length) == 0 ? Read(address) : default;
    }

    /// <summary>Where a redirected connection wanted to go (netfilter's SO_ORIGINAL_DST); the local address when it was not redirected.</summary>
    public static NetAddress OriginalDestinationOf(int descriptor, NetAddress local)
    {
        var address = stackalloc byte[NetAddress.LargestSocketAddress];
        var length = NetAddress.LargestSocketAddress;
        var level = local.IsV6 ? Linux.LevelIpv6 : Linux.LevelIp;
        return Syscalls.GetSocketOption(descriptor, level, Linux.OriginalDestination, address, &length) == 0 ? Read(address) : local;
    }

    private static NetAddress Read(byte* address) =>
        NetAddress.FromSocketAddress(new ReadOnlySpan<byte>(address, NetAddress.LargestSocketAddress));
}
