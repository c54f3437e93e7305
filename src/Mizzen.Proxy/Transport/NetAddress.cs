using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

using Mizzen.Proxy.Loop;

namespace Mizzen.Proxy.Transport;

/// <summary>An IP address and port without allocation. IPv4 in IPv6 form (<c>::ffff:a.b.c.d</c>) is IPv4 here.</summary>
internal readonly record struct NetAddress(UInt128 Value, ushort Port, bool IsV6)
{
    /// <summary>Longest text of an address with port.</summary>
    public const int LongestText = 48;

    /// <summary>Size of the largest <c>struct sockaddr</c> used.</summary>
    public const int LargestSocketAddress = 28;

    public bool IsNone => this == default;

    public bool IsLoopback => IsV6 ? Value == 1 : (uint)Value >> 24 == 127;

    public static NetAddress V4(uint hostOrder, ushort port) => new(hostOrder, port, false);

    public static NetAddress Of(IPEndPoint endpoint) => Of(endpoint.Address, (ushort)endpoint.Port);

    public static NetAddress Of(IPAddress address, ushort port)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        Span<byte> bytes = stackalloc byte[16];
        _ = address.TryWriteBytes(bytes, out var written);
        return written == 4
            ? V4(BinaryPrimitives.ReadUInt32BigEndian(bytes), port)
            : new NetAddress(BinaryPrimitives.ReadUInt128BigEndian(bytes), port, true);
    }

    /// <summary>Reads a <c>struct sockaddr</c>; none when the family is not IP.</summary>
    public static NetAddress FromSocketAddress(ReadOnlySpan<byte> socketAddress)
    {
        var family = BitConverter.ToUInt16(socketAddress);
        var port = BinaryPrimitives.ReadUInt16BigEndian(socketAddress[2..]);
        if (family == Linux.FamilyInet)
        {
            return V4(BinaryPrimitives.ReadUInt32BigEndian(socketAddress[4..]), port);
        }

        if (family != Linux.FamilyInet6)
        {
            return default;
        }

        var value = BinaryPrimitives.ReadUInt128BigEndian(socketAddress[8..]);
        return value >> 32 == 0xffff ? V4((uint)value, port) : new NetAddress(value, port, true);
    }

    public NetAddress WithPort(ushort port) => this with { Port = port };

    /// <summary>The same address without its port.</summary>
    public NetAddress HostOnly => this with { Port = 0 };

    /// <summary>Writes a <c>struct sockaddr</c> and returns its length.</summary>
    public int WriteSocketAddress(Span<byte> destination)
    {
        destination[..LargestSocketAddress].Clear();
        BitConverter.TryWriteBytes(destination, (ushort)(IsV6 ? Linux.FamilyInet6 : Linux.FamilyInet));
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], Port);
        if (IsV6)
        {
            BinaryPrimitives.WriteUInt128BigEndian(destination[8..], Value);
            return 28;
        }

        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], (uint)Value);
        return 16;
    }

    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        if (IsV6)
        {
            BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
            return new IPAddress(bytes);
        }

        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)Value);
        return new IPAddress(bytes[..4]);
    }

    public IPEndPoint ToEndPoint() => new(ToIPAddress(), Port);

    /// <summary>Writes the address alone, as in <c>x-forwarded-for</c>; returns the length.</summary>
    public int FormatHost(Span<byte> destination)
    {
        if (!IsV6)
        {
            var length = 0;
            for (var shift = 24; shift >= 0; shift -= 8)
            {
                _ = ((byte)((uint)Value >> shift)).TryFormat(destination[length..], out var written, default, CultureInfo.InvariantCulture);
                length += written;
                if (shift > 0)
                {
                    destination[length++] = (byte)'.';
                }
            }

            return length;
        }

        _ = ToIPAddress().TryFormat(destination, out var count);
        return count;
    }

    /// <summary>Writes <c>a.b.c.d:port</c> or <c>[v6]:port</c>; returns the length.</summary>
    public int Format(Span<byte> destination)
    {
        var length = 0;
        if (IsV6)
        {
            destination[length++] = (byte)'[';
        }

        length += FormatHost(destination[length..]);
        if (IsV6)
        {
            destination[length++] = (byte)']';
        }

        destination[length++] = (byte)':';
        _ = Port.TryFormat(destination[length..], out var written, default, CultureInfo.InvariantCulture);
        return length + written;
    }

    public override string ToString() => ToEndPoint().ToString();

    public AddressFamily Family => IsV6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
}
