using System.Buffers.Binary;
using System.Text;

namespace Mizzen.Dns;

/// <summary>The question of a DNS request (RFC 1035 section 4.1). Anything that is not exactly one question is refused.</summary>
/// <param name="Id">The request's id, repeated by the answer.</param>
/// <param name="Flags">The request's flags.</param>
/// <param name="Name">The name in lower case, without the final dot; a question mark stands for what no name of a host contains.</param>
/// <param name="Type">The record type asked for.</param>
/// <param name="Wire">The question as it came, repeated by the answer.</param>
public sealed record DnsQuestion(ushort Id, ushort Flags, string Name, DnsType Type, byte[] Wire)
{
    /// <summary>Bytes before the question.</summary>
    public const int HeaderLength = 12;

    /// <summary>The largest datagram that passes everywhere in one piece.</summary>
    public const ushort LargestDatagram = 1232;

    private const int LongestName = 253;
    private const int SmallestDatagram = 512;
    private const ushort Internet = 1;
    private const ushort OptionsType = 41;

    /// <summary>How many bytes of UDP the asker takes.</summary>
    public int DatagramLimit { get; private init; } = SmallestDatagram;

    /// <summary>Whether the request carried EDNS options (RFC 6891): then the answer does, too.</summary>
    public bool HasOptions { get; private init; }

    /// <summary>Reads a request; null when it is not a query with one question about an internet name.</summary>
    public static DnsQuestion? TryRead(ReadOnlySpan<byte> request)
    {
        if (request.Length < HeaderLength)
        {
            return null;
        }

        var flags = BinaryPrimitives.ReadUInt16BigEndian(request[2..]);
        var isQuery = (flags & 0xF800) == 0;
        if (!isQuery || BinaryPrimitives.ReadUInt16BigEndian(request[4..]) != 1)
        {
            return null;
        }

        var at = HeaderLength;
        if (TryReadName(request, ref at) is not { } name || request.Length < at + 4)
        {
            return null;
        }

        var type = (DnsType)BinaryPrimitives.ReadUInt16BigEndian(request[at..]);
        if (BinaryPrimitives.ReadUInt16BigEndian(request[(at + 2)..]) != Internet)
        {
            return null;
        }

        var question = new DnsQuestion(BinaryPrimitives.ReadUInt16BigEndian(request), flags, name, type, request[HeaderLength..(at + 4)].ToArray());
        return question.WithOptions(request, at + 4);
    }

    // Options are the only record that a query has behind its question, at the root's name.
    private DnsQuestion WithOptions(ReadOnlySpan<byte> request, int at)
    {
        var isAlone = BinaryPrimitives.ReadUInt32BigEndian(request[6..]) == 0 && BinaryPrimitives.ReadUInt16BigEndian(request[10..]) >= 1;
        if (!isAlone || request.Length < at + 11 || request[at] != 0 || BinaryPrimitives.ReadUInt16BigEndian(request[(at + 1)..]) != OptionsType)
        {
            return this;
        }

        var taken = BinaryPrimitives.ReadUInt16BigEndian(request[(at + 3)..]);
        return this with { HasOptions = true, DatagramLimit = Math.Clamp((int)taken, SmallestDatagram, LargestDatagram) };
    }

    // A question comes first in its message: there is nothing that a compressed name could point at.
    private static string? TryReadName(ReadOnlySpan<byte> request, ref int at)
    {
        var name = new StringBuilder();
        while (at < request.Length && request[at] != 0)
        {
            var length = request[at];
            if (length > 63 || at + 1 + length >= request.Length || name.Length + length >= LongestName)
            {
                return null;
            }

            name.Append(name.Length > 0 ? "." : "");
            foreach (var character in request.Slice(at + 1, length))
            {
                name.Append(char.IsAsciiLetterOrDigit((char)character) || character is (byte)'-' or (byte)'_' ? char.ToLowerInvariant((char)character) : '?');
            }

            at += 1 + length;
        }

        at++;
        return at <= request.Length ? name.ToString() : null;
    }
}
