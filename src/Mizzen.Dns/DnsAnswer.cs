using System.Buffers.Binary;

namespace Mizzen.Dns;

/// <summary>What the name server knows about a question: records, or that the name does not exist.</summary>
/// <param name="Code">NOERROR, NXDOMAIN or SERVFAIL.</param>
/// <param name="Records">The records; empty when the name exists without a record of the type asked for.</param>
public sealed record DnsAnswer(DnsCode Code, IReadOnlyList<DnsRecord> Records)
{
    private const ushort Response = 0x8000;
    private const ushort OpcodeBits = 0x7800;
    private const ushort Truncated = 0x0200;
    private const ushort RecursionDesired = 0x0100;
    private const ushort RecursionAvailable = 0x0080;

    /// <summary>NXDOMAIN: nobody has that name.</summary>
    public static DnsAnswer NoSuchName { get; } = new(DnsCode.NameError, []);

    /// <summary>The name exists without such a record.</summary>
    public static DnsAnswer Empty { get; } = new(DnsCode.NoError, []);

    /// <summary>SERVFAIL: nobody can tell now.</summary>
    public static DnsAnswer Failure { get; } = new(DnsCode.ServerFailure, []);

    /// <summary>The name that the one asked for stands for (CNAME), when the answer is to be looked for there.</summary>
    public string? Alias { get; init; }

    /// <summary>The answer as bytes; cut short, and marked so, when it does not fit into <paramref name="limit"/>.</summary>
    public byte[] Write(DnsQuestion question, int limit)
    {
        var options = question.HasOptions ? DnsRecord.Options(DnsQuestion.LargestDatagram) : [];
        var body = new List<byte>(question.Wire);
        var written = 0;
        foreach (var record in Records)
        {
            var bytes = record.Write();
            if (DnsQuestion.HeaderLength + body.Count + bytes.Length + options.Length > limit)
            {
                break;
            }

            body.AddRange(bytes);
            written++;
        }

        var flags = Response | RecursionAvailable | (question.Flags & RecursionDesired) | (int)Code;
        if (written < Records.Count)
        {
            flags |= Truncated;
        }

        var header = Header(question.Id, flags, questions: 1, answers: written, additional: options.Length > 0 ? 1 : 0);
        return [.. header, .. body, .. options];
    }

    /// <summary>The answer to a request that cannot be read: what kind of request it was, and that it is refused. Null when it is none.</summary>
    public static byte[]? Refuse(ReadOnlySpan<byte> request)
    {
        if (request.Length < DnsQuestion.HeaderLength)
        {
            return null;
        }

        var flags = BinaryPrimitives.ReadUInt16BigEndian(request[2..]);
        if ((flags & Response) != 0)
        {
            return null;
        }

        var opcode = flags & OpcodeBits;
        var code = opcode == 0 ? DnsCode.FormatError : DnsCode.NotImplemented;
        return Header(BinaryPrimitives.ReadUInt16BigEndian(request), Response | opcode | (flags & RecursionDesired) | (int)code, 0, 0, 0);
    }

    private static byte[] Header(ushort id, int flags, int questions, int answers, int additional)
    {
        var header = new byte[DnsQuestion.HeaderLength];
        BinaryPrimitives.WriteUInt16BigEndian(header, id);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), (ushort)flags);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(4), (ushort)questions);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(6), (ushort)answers);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(10), (ushort)additional);
        return header;
    }
}
