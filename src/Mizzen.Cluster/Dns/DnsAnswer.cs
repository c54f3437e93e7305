using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Mizzen.Cluster.Dns;

/// <summary>What the name server knows about a question: records, or that the name does not exist.</summary>
/// <param name="Code">NOERROR, NXDOMAIN or SERVFAIL.</param>
/// <param name="Records">The records; empty when the name exists without a record of the type asked for.</param>
internal sealed record DnsAnswer(DnsCode Code, IReadOnlyList<DnsRecord> Records)
{
    private const ushort Response = 0x8000;
    private const ushort Truncated = 0x0200;
    private const ushort RecursionDesired = 0x0100;
    private const ushort RecursionAvailable = 0x0080;

    public static readonly DnsAnswer NoSuchName = new(DnsCode.NameError, []);
    public static readonly DnsAnswer Empty = new(DnsCode.NoError, []);
    public static readonly DnsAnswer Failure = new(DnsCode.ServerFailure, []);

    /// <summary>The answer as bytes; cut short, and marked so, when it does not fit into <paramref name="limit"/>.</summary>
    public byte[] Write(DnsQuestion question, int limit)
    {
        var body = new List<byte>(question.Wire);
        var written = 0;
        foreach (var record in Records)
        {
            var bytes = record.Write();
            if (DnsQuestion.HeaderLength + body.Count + bytes.Length > limit)
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

        var header = new byte[DnsQuestion.HeaderLength];
        BinaryPrimitives.WriteUInt16BigEndian(header, question.Id);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), (ushort)flags);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(4), 1);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(6), (ushort)written);
        return [.. header, .. body];
    }
}

/// <summary>Response codes (RFC 1035 section 4.1.1).</summary>
internal enum DnsCode
{
    NoError = 0,
    ServerFailure = 2,
    NameError = 3,
}

/// <summary>A record about the name that was asked for.</summary>
internal sealed record DnsRecord(DnsType Type, uint TimeToLive, byte[] Data)
{
    // A pointer to the question's name, right behind the header.
    private static readonly byte[] QuestionName = [0xC0, DnsQuestion.HeaderLength];

    public static DnsRecord Address(IPAddress address, uint timeToLive) =>
        new(address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? DnsType.A : DnsType.Aaaa, timeToLive, address.GetAddressBytes());

    public static DnsRecord Pointer(string name, uint timeToLive) => new(DnsType.Ptr, timeToLive, NameBytes(name));

    public static DnsRecord Service(ushort port, string target, uint timeToLive) =>
        new(DnsType.Srv, timeToLive, [0, 0, 0, 100, (byte)(port >> 8), (byte)port, .. NameBytes(target)]);

    public byte[] Write()
    {
        var bytes = new byte[12 + Data.Length];
        QuestionName.CopyTo(bytes, 0);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)Type);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(4), 1);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(6), TimeToLive);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(10), (ushort)Data.Length);
        Data.CopyTo(bytes, 12);
        return bytes;
    }

    private static byte[] NameBytes(string name)
    {
        var bytes = new List<byte>();
        foreach (var label in name.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            bytes.Add((byte)label.Length);
            bytes.AddRange(Encoding.ASCII.GetBytes(label));
        }

        bytes.Add(0);
        return [.. bytes];
    }
}
