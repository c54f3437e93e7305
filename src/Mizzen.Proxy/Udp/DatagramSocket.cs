using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Udp;

/// <summary>What one call has read from a socket of datagrams.</summary>
internal readonly record struct Datagram(int Length, bool IsTruncated, NetAddress Remote, NetAddress Local);

/// <summary>
/// Reads and writes single datagrams. A socket that is bound to all addresses is told by the kernel to which of them a datagram came, and
/// sends its answer from there: a client takes it from nobody else.
/// </summary>
internal static unsafe class DatagramSocket
{
    private const int ControlSize = 64;
    private static readonly UInt128 Mapped = (UInt128)0xffff << 32;

    // struct cmsghdr (64 bit): length, level, type; the content follows.
    private const int ControlHeader = 16;

    /// <summary>Asks the kernel to tell where datagrams came to.</summary>
    public static void AskForDestinations(int socket, bool isV6) => _ = isV6
        ? SocketOptions.Set(socket, Linux.LevelIpv6, Linux.Ipv6ReceivePacketInfo, 1)
        : SocketOptions.Set(socket, Linux.LevelIp, Linux.PacketInfo, 1);

    /// <summary>Reads one; a length below 0 is the error number, negated.</summary>
    /// <param name="socket">The socket, non-blocking.</param>
    /// <param name="buffer">Takes it; pinned.</param>
    /// <param name="bound">Where the socket is bound; its address is any for all.</param>
    public static Datagram Receive(int socket, byte[] buffer, NetAddress bound)
    {
        var name = stackalloc byte[NetAddress.LargestSocketAddress];
        var control = stackalloc byte[ControlSize];
        fixed (byte* pointer = buffer)
        {
            var vector = new Syscalls.IoVector { Base = pointer, Length = (nuint)buffer.Length };
            var message = new Syscalls.MessageHeader
            {
                Name = name,
                NameLength = NetAddress.LargestSocketAddress,
                Vectors = &vector,
                VectorCount = 1,
                Control = control,
                ControlLength = ControlSize,
            };
            var length = Syscalls.ReceiveMessage(socket, &message, Linux.DoNotWait);
            if (length < 0)
            {
                return new Datagram(-Syscalls.Errno, false, default, default);
            }

            var remote = NetAddress.FromSocketAddress(new ReadOnlySpan<byte>(name, NetAddress.LargestSocketAddress));
            var told = new ReadOnlySpan<byte>(control, (int)message.ControlLength);
            return new Datagram((int)length, (message.Flags & Linux.Truncated) != 0, remote, bound.Value == 0 ? DestinationIn(told, bound) : bound);
        }
    }

    /// <summary>Sends one; 0, or the error number.</summary>
    /// <param name="socket">The socket, non-blocking.</param>
    /// <param name="isV6">The socket's family: it knows other addresses in its own form only (RFC 4291 section 2.5.5.2).</param>
    /// <param name="data">The datagram.</param>
    /// <param name="remote">For whom.</param>
    /// <param name="local">From which address, where the socket has several; none for its own.</param>
    public static int Send(int socket, bool isV6, ReadOnlySpan<byte> data, NetAddress remote, NetAddress local)
    {
        if (isV6 && !remote.IsV6)
        {
            remote = new NetAddress(Mapped | remote.Value, remote.Port, true);
        }

        var name = stackalloc byte[NetAddress.LargestSocketAddress];
        var control = stackalloc byte[ControlSize];
        fixed (byte* pointer = data)
        {
            var vector = new Syscalls.IoVector { Base = pointer, Length = (nuint)data.Length };
            var message = new Syscalls.MessageHeader
            {
                Name = name,
                NameLength = (uint)remote.WriteSocketAddress(new Span<byte>(name, NetAddress.LargestSocketAddress)),
                Vectors = &vector,
                VectorCount = 1,
            };
            if (!local.IsNone)
            {
                message.Control = control;
                message.ControlLength = (nuint)WriteSource(new Span<byte>(control, ControlSize), local);
            }

            return Syscalls.SendMessage(socket, &message, Linux.DoNotWait | Linux.NoSignal) < 0 ? Syscalls.Errno : 0;
        }
    }

    private static NetAddress DestinationIn(ReadOnlySpan<byte> control, NetAddress bound)
    {
        if (control.Length < ControlHeader)
        {
            return bound;
        }

        var level = BitConverter.ToInt32(control[8..]);
        var type = BitConverter.ToInt32(control[12..]);
        var content = control[ControlHeader..];
        return (level, type) switch
        {
            // struct in_pktinfo: interface, local address, address of the header.
            (Linux.LevelIp, Linux.PacketInfo) when content.Length >= 12 =>
                NetAddress.V4(System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(content[8..]), bound.Port),
            (Linux.LevelIpv6, Linux.Ipv6PacketInfo) when content.Length >= 16 =>
                new NetAddress(System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(content), bound.Port, true),
            _ => bound,
        };
    }

    private static int WriteSource(Span<byte> control, NetAddress local)
    {
        control.Clear();
        var length = ControlHeader + (local.IsV6 ? 20 : 12);
        BitConverter.TryWriteBytes(control, (long)length);
        BitConverter.TryWriteBytes(control[8..], local.IsV6 ? Linux.LevelIpv6 : Linux.LevelIp);
        BitConverter.TryWriteBytes(control[12..], local.IsV6 ? Linux.Ipv6PacketInfo : Linux.PacketInfo);
        if (local.IsV6)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(control[ControlHeader..], local.Value);
            return ControlHeader + 24;
        }

        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(control[(ControlHeader + 4)..], (uint)local.Value);
        return ControlHeader + 16;
    }
}
