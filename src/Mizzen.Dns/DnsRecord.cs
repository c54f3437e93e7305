using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mizzen.Dns;

/// <summary>A record (RFC 1035 section 4.1.3), about the name that was asked for unless it has an owner of its own.</summary>
/// <param name="Type">What it tells.</param>
/// <param name="TimeToLive">How long it is good for, in seconds.</param>
/// <param name="Data">Its content as on the wire, names not compressed.</param>
public sealed record DnsRecord(DnsType Type, uint TimeToLive, byte[] Data)
{
    private const byte OptionsType = 41;

    // A pointer to the question's name, right behind the header.
    private static readonly byte[] QuestionName = [0xC0, DnsQuestion.HeaderLength];

    /// <summary>Whom the record is about; null: the name that was asked for.</summary>
    public string? Owner { get; init; }

    /// <summary>An address.</summary>
    public static DnsRecord Address(IPAddress address, uint timeToLive) =>
        new(address.AddressFamily == AddressFamily.InterNetwork ? DnsType.A : DnsType.Aaaa, timeToLive, address.GetAddressBytes());

    /// <summary>The name that it stands for.</summary>
    public static DnsRecord Alias(string name, uint timeToLive) => new(DnsType.Cname, timeToLive, NameBytes(name));

    /// <summary>The name of an address.</summary>
    public static DnsRecord Pointer(string name, uint timeToLive) => new(DnsType.Ptr, timeToLive, NameBytes(name));

    /// <summary>Host and port of a service.</summary>
    public static DnsRecord Service(ushort port, string target, uint timeToLive) =>
        new(DnsType.Srv, timeToLive, [0, 0, 0, 100, (byte)(port >> 8), (byte)port, .. NameBytes(target)]);

    /// <summary>The pseudo-record that answers one of the request's: the largest datagram taken here (RFC 6891 section 6.1.2).</summary>
    public static byte[] Options(ushort largestDatagram) => [0, 0, OptionsType, (byte)(largestDatagram >> 8), (byte)largestDatagram, 0, 0, 0, 0, 0, 0];

    /// <summary>The record as bytes.</summary>
    public byte[] Write()
    {
        var owner = Owner is null ? QuestionName : NameBytes(Owner);
        var bytes = new byte[owner.Length + 10 + Data.Length];
        owner.CopyTo(bytes, 0);
        var fields = bytes.AsSpan(owner.Length);
        BinaryPrimitives.WriteUInt16BigEndian(fields, (ushort)Type);
        BinaryPrimitives.WriteUInt16BigEndian(fields[2..], 1);
        BinaryPrimitives.WriteUInt32BigEndian(fields[4..], TimeToLive);
        BinaryPrimitives.WriteUInt16BigEndian(fields[8..], (ushort)Data.Length);
        Data.CopyTo(fields[10..]);
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
