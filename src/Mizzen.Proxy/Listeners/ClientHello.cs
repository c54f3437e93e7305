using System.Buffers.Binary;
using System.Text;

namespace Mizzen.Proxy.Listeners;

/// <summary>Reads a TLS ClientHello (RFC 8446 section 4.1.2) as far as a listener wants to know it: server name and application protocols. Pure.</summary>
internal static class ClientHello
{
    /// <summary>Longest hello that is looked at, in bytes (Envoy's limit).</summary>
    public const int Longest = 16 * 1024;

    private const byte RecordHandshake = 22;
    private const byte MessageClientHello = 1;
    private const int RecordHeader = 5;
    private const int MessageHeader = 4;
    private const int ExtensionServerName = 0;
    private const int ExtensionProtocols = 16;

    /// <summary>False for certain: the bytes do not begin a TLS handshake.</summary>
    public static bool MayBegin(ReadOnlySpan<byte> bytes) =>
        bytes.IsEmpty || (bytes[0] == RecordHandshake && (bytes.Length == 1 || bytes[1] == 3) && (bytes.Length <= RecordHeader || bytes[RecordHeader] == MessageClientHello));

    /// <summary>The traits of a hello; null while it is not complete. What is no hello, or a broken one, is not TLS.</summary>
    public static ConnectionTraits? Look(ReadOnlySpan<byte> bytes)
    {
        if (!MayBegin(bytes))
        {
            return ConnectionTraits.Unknown;
        }

        var message = new byte[Math.Min(bytes.Length, Longest)];
        var length = Reassemble(bytes, message, out var isBroken);
        if (isBroken)
        {
            return ConnectionTraits.Unknown;
        }

        if (length < MessageHeader)
        {
            return null;
        }

        var size = (message[1] << 16) | (message[2] << 8) | message[3];
        if (size > Longest - MessageHeader)
        {
            return ConnectionTraits.Unknown;
        }

        return length < MessageHeader + size ? null : Read(message.AsSpan(MessageHeader, size));
    }

    /// <summary>Puts the fragments of the handshake message together that stand in one record each.</summary>
    private static int Reassemble(ReadOnlySpan<byte> bytes, Span<byte> message, out bool isBroken)
    {
        var length = 0;
        isBroken = false;
        while (bytes.Length > RecordHeader)
        {
            if (bytes[0] != RecordHandshake || bytes[1] != 3)
            {
                isBroken = length < MessageHeader;
                return length;
            }

            var size = BinaryPrimitives.ReadUInt16BigEndian(bytes[3..]);
            bytes = bytes[RecordHeader..];
            var part = bytes[..Math.Min(size, bytes.Length)];
            part = part[..Math.Min(part.Length, message.Length - length)];
            part.CopyTo(message[length..]);
            length += part.Length;
            bytes = bytes[Math.Min(size, bytes.Length)..];
            isBroken = size == 0;
        }

        return length;
    }

    private static ConnectionTraits Read(ReadOnlySpan<byte> hello)
    {
        var serverName = "";
        List<string> protocols = [];
        // Version, random, then three lists that do not matter here.
        if (!Skip(ref hello, 34) || !Take(ref hello, 1, out _) || !Take(ref hello, 2, out _) || !Take(ref hello, 1, out _))
        {
            return ConnectionTraits.Unknown;
        }

        if (hello.IsEmpty)
        {
            return new ConnectionTraits(true, "", []);
        }

        if (!Take(ref hello, 2, out var extensions))
        {
            return ConnectionTraits.Unknown;
        }

        while (!extensions.IsEmpty)
        {
            var type = extensions.Length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(extensions) : -1;
            if (!Skip(ref extensions, 2) || !Take(ref extensions, 2, out var content))
            {
                return ConnectionTraits.Unknown;
            }

            if (type == ExtensionServerName)
            {
                serverName = ServerName(content);
            }
            else if (type == ExtensionProtocols)
            {
                protocols = Protocols(content);
            }
        }

        return new ConnectionTraits(true, serverName, protocols);
    }

    private static string ServerName(ReadOnlySpan<byte> content)
    {
        if (!Take(ref content, 2, out var names))
        {
            return "";
        }

        while (names.Length > 0)
        {
            var type = names[0];
            names = names[1..];
            if (!Take(ref names, 2, out var name))
            {
                return "";
            }

            if (type == 0)
            {
                return Encoding.ASCII.GetString(name).ToLowerInvariant();
            }
        }

        return "";
    }

    private static List<string> Protocols(ReadOnlySpan<byte> content)
    {
        var protocols = new List<string>();
        if (Take(ref content, 2, out var list))
        {
            while (Take(ref list, 1, out var protocol))
            {
                protocols.Add(Encoding.ASCII.GetString(protocol));
            }
        }

        return protocols;
    }

    private static bool Skip(ref ReadOnlySpan<byte> bytes, int count)
    {
        if (bytes.Length < count)
        {
            return false;
        }

        bytes = bytes[count..];
        return true;
    }

    /// <summary>Takes a list that begins with its length in <paramref name="lengthBytes"/> bytes.</summary>
    private static bool Take(ref ReadOnlySpan<byte> bytes, int lengthBytes, out ReadOnlySpan<byte> list)
    {
        list = default;
        if (bytes.Length < lengthBytes)
        {
            return false;
        }

        var length = lengthBytes == 1 ? bytes[0] : BinaryPrimitives.ReadUInt16BigEndian(bytes);
        if (bytes.Length < lengthBytes + length)
        {
            return false;
        }

        list = bytes.Slice(lengthBytes, length);
        bytes = bytes[(lengthBytes + length)..];
        return true;
    }
}
