using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mizzen.Proxy.Transport;

/// <summary>What the beginning of a connection is, for the PROXY protocol.</summary>
internal enum ProxyHeaderResult
{
    /// <summary>More bytes are needed.</summary>
    Incomplete,

    /// <summary>It does not begin with a header.</summary>
    None,

    /// <summary>It begins like a header and is none.</summary>
    Malformed,

    Complete,
}

/// <summary>
/// The header of the PROXY protocol, versions 1 and 2, by which a load balancer tells who its client is
/// (HAProxy's proxy-protocol.txt). Pure.
/// </summary>
/// <param name="Version">1 or 2.</param>
/// <param name="Source">The client; none where the sender does not say (LOCAL, UNKNOWN, other families): then the connection's own addresses count.</param>
/// <param name="Destination">Where the client connected to; none with <paramref name="Source"/>.</param>
internal readonly record struct ProxyHeader(int Version, NetAddress Source, NetAddress Destination)
{
    /// <summary>The longest header of version 1, with its line end.</summary>
    public const int LongestText = 107;

    /// <summary>The longest header of version 2 that is taken: addresses and additional fields behind the first 16 bytes.</summary>
    public const int LongestBinary = 16 + 4096;

    private const int Fixed = 16;
    private const int V4Length = 12;
    private const int V6Length = 36;

    /// <summary>The first 12 bytes of version 2.</summary>
    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    private static ReadOnlySpan<byte> Text => "PROXY "u8;

    /// <summary>Reads the header at the front of <paramref name="bytes"/>; <paramref name="length"/> is its length when it is complete.</summary>
    public static ProxyHeaderResult Read(ReadOnlySpan<byte> bytes, out ProxyHeader header, out int length)
    {
        header = default;
        length = 0;
        if (StartsLike(bytes, Signature))
        {
            return bytes.Length < Fixed ? ProxyHeaderResult.Incomplete : ReadBinary(bytes, out header, out length);
        }

        if (!StartsLike(bytes, Text))
        {
            return ProxyHeaderResult.None;
        }

        return bytes.Length < Text.Length ? ProxyHeaderResult.Incomplete : ReadText(bytes, out header, out length);
    }

    /// <summary>The header of a connection that is for nobody but its sender.</summary>
    public static ReadOnlySpan<byte> Own(int version) => version == 1 ? "PROXY UNKNOWN\r\n"u8 : "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"u8;

    /// <summary>Writes a header and returns its length; <paramref name="target"/> holds at least <see cref="LongestText"/> bytes.</summary>
    public static int Write(int version, NetAddress source, NetAddress destination, Span<byte> target)
    {
        if (source.IsV6 != destination.IsV6)
        {
            // One family for both: IPv4 has a form in IPv6.
            source = Mapped(source);
            destination = Mapped(destination);
        }

        return version == 1 ? WriteText(source, destination, target) : WriteBinary(source, destination, target);
    }

    private static bool StartsLike(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> beginning)
    {
        var common = Math.Min(bytes.Length, beginning.Length);
        return bytes[..common].SequenceEqual(beginning[..common]);
    }

    private static NetAddress Mapped(NetAddress address) => address.IsV6 ? address : new NetAddress(((UInt128)0xffff << 32) | address.Value, address.Port, true);

    private static ProxyHeaderResult ReadText(ReadOnlySpan<byte> bytes, out ProxyHeader header, out int length)
    {
        header = default;
        length = 0;
        var line = bytes[..Math.Min(bytes.Length, LongestText)];
        var end = line.IndexOf("\r\n"u8);
        if (end < 0)
        {
            return line.Length < LongestText ? ProxyHeaderResult.Incomplete : ProxyHeaderResult.Malformed;
        }

        length = end + 2;
        var fields = line[Text.Length..end];
        if (fields.SequenceEqual("UNKNOWN"u8) || fields.StartsWith("UNKNOWN "u8))
        {
            header = new ProxyHeader(1, default, default);
            return ProxyHeaderResult.Complete;
        }

        var isV6 = fields.StartsWith("TCP6 "u8);
        if (!isV6 && !fields.StartsWith("TCP4 "u8))
        {
            return ProxyHeaderResult.Malformed;
        }

        return ReadAddresses(fields[5..], isV6, out header) ? ProxyHeaderResult.Complete : ProxyHeaderResult.Malformed;
    }

    private static bool ReadAddresses(ReadOnlySpan<byte> fields, bool isV6, out ProxyHeader header)
    {
        header = default;
        if (!TryHost(Next(ref fields), isV6, out var source) || !TryHost(Next(ref fields), isV6, out var destination)
            || !TryPort(Next(ref fields), out var sourcePort) || !TryPort(fields, out var destinationPort))
        {
            return false;
        }

        header = new ProxyHeader(1, NetAddress.Of(source, sourcePort), NetAddress.Of(destination, destinationPort));
        return true;
    }

    /// <summary>Takes what stands in front of the next space.</summary>
    private static ReadOnlySpan<byte> Next(ref ReadOnlySpan<byte> fields)
    {
        var end = fields.IndexOf((byte)' ');
        var field = end < 0 ? fields : fields[..end];
        fields = end < 0 ? default : fields[(end + 1)..];
        return field;
    }

    private static bool TryHost(ReadOnlySpan<byte> text, bool isV6, out IPAddress address)
    {
        // Only the plain forms: no scope, and four numbers without leading zeros.
        Span<char> characters = stackalloc char[45];
        address = IPAddress.None;
        if (text.Length > characters.Length || text.IndexOfAny((byte)'%', (byte)'[', (byte)'/') >= 0)
        {
            return false;
        }

        var count = Encoding.Latin1.GetChars(text, characters);
        return IPAddress.TryParse(characters[..count], out address!)
            && address.AddressFamily == (isV6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork)
            && (isV6 || IsWritten(address, characters[..count]));
    }

    private static bool IsWritten(IPAddress address, ReadOnlySpan<char> text)
    {
        Span<char> canonical = stackalloc char[15];
        return address.TryFormat(canonical, out var length) && text.SequenceEqual(canonical[..length]);
    }

    private static bool TryPort(ReadOnlySpan<byte> text, out ushort port) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && (text.Length == 1 || text[0] != '0');

    private static ProxyHeaderResult ReadBinary(ReadOnlySpan<byte> bytes, out ProxyHeader header, out int length)
    {
        header = default;
        var command = bytes[12];
        var family = bytes[13];
        var rest = BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]);
        length = Fixed + rest;
        if (command is not (0x20 or 0x21) || (family & 0xf) > 2 || family >> 4 > 3 || length > LongestBinary)
        {
            return ProxyHeaderResult.Malformed;
        }

        if (bytes.Length < length)
        {
            return ProxyHeaderResult.Incomplete;
        }

        header = new ProxyHeader(2, default, default);
        var addresses = bytes[Fixed..length];
        // LOCAL, or a transport that cannot be a client of ours: the connection's own addresses count.
        if (command == 0x20 || family is not (0x11 or 0x21))
        {
            return ProxyHeaderResult.Complete;
        }

        if (addresses.Length < (family == 0x11 ? V4Length : V6Length))
        {
            return ProxyHeaderResult.Malformed;
        }

        header = family == 0x11
            ? new ProxyHeader(2, V4(addresses, addresses[8..]), V4(addresses[4..], addresses[10..]))
            : new ProxyHeader(2, V6(addresses, addresses[32..]), V6(addresses[16..], addresses[34..]));
        return ProxyHeaderResult.Complete;
    }

    private static NetAddress V4(ReadOnlySpan<byte> host, ReadOnlySpan<byte> port) =>
        NetAddress.V4(BinaryPrimitives.ReadUInt32BigEndian(host), BinaryPrimitives.ReadUInt16BigEndian(port));

    private static NetAddress V6(ReadOnlySpan<byte> host, ReadOnlySpan<byte> port) =>
        NetAddress.Of(new IPAddress(host[..16]), BinaryPrimitives.ReadUInt16BigEndian(port));

    private static int WriteText(NetAddress source, NetAddress destination, Span<byte> target)
    {
        (source.IsV6 ? "PROXY TCP6 "u8 : "PROXY TCP4 "u8).CopyTo(target);
        var length = 11;
        length += source.FormatHost(target[length..]);
        target[length++] = (byte)' ';
        length += destination.FormatHost(target[length..]);
        target[length++] = (byte)' ';
        _ = source.Port.TryFormat(target[length..], out var written, default, CultureInfo.InvariantCulture);
        length += written;
        target[length++] = (byte)' ';
        _ = destination.Port.TryFormat(target[length..], out written, default, CultureInfo.InvariantCulture);
        length += written;
        "\r\n"u8.CopyTo(target[length..]);
        return length + 2;
    }

    private static int WriteBinary(NetAddress source, NetAddress destination, Span<byte> target)
    {
        Signature.CopyTo(target);
        target[12] = 0x21;
        target[13] = (byte)(source.IsV6 ? 0x21 : 0x11);
        var size = source.IsV6 ? 16 : 4;
        var length = (2 * size) + 4;
        BinaryPrimitives.WriteUInt16BigEndian(target[14..], (ushort)length);
        WriteHost(source, target[Fixed..]);
        WriteHost(destination, target[(Fixed + size)..]);
        BinaryPrimitives.WriteUInt16BigEndian(target[(Fixed + (2 * size))..], source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(target[(Fixed + (2 * size) + 2)..], destination.Port);
        return Fixed + length;
    }

    private static void WriteHost(NetAddress address, Span<byte> target)
    {
        if (address.IsV6)
        {
            BinaryPrimitives.WriteUInt128BigEndian(target, address.Value);
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(target, (uint)address.Value);
        }
    }
}
