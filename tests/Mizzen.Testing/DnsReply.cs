using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Mizzen.Testing;

/// <summary>A request as a resolver library writes it.</summary>
public static class DnsRequest
{
    public static byte[] Of(string name, int type, int? ednsSize = null)
    {
        var labels = name.Split('.', StringSplitOptions.RemoveEmptyEntries).SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]);
        byte[] options = ednsSize is { } size ? [0, 0, 41, (byte)(size >> 8), (byte)size, 0, 0, 0, 0, 0, 0] : [];
        return [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, (byte)(ednsSize is null ? 0 : 1), .. labels, 0, (byte)(type >> 8), (byte)type, 0, 1, .. options];
    }
}

/// <summary>An answer, read by rules of its own so that it checks the server's.</summary>
public sealed class DnsReply
{
    public DnsReply(byte[] bytes)
    {
        var flags = BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(2));
        Code = flags & 15;
        IsTruncated = (flags & 0x200) != 0;
        Length = bytes.Length;
        Additional = BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(10));
        var at = 12;
        if (BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(4)) == 1)
        {
            ReadName(bytes, ref at);
            at += 4;
        }

        for (var left = BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(6)); left > 0; left--)
        {
            Records.Add(ReadRecord(bytes, ref at));
        }
    }

    public int Code { get; }

    public bool IsTruncated { get; }

    public int Length { get; }

    public int Additional { get; }

    public List<string> Records { get; } = [];

    private static string ReadRecord(byte[] bytes, ref int at)
    {
        var owner = ReadName(bytes, ref at);
        var type = BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at));
        var length = BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at + 8));
        var data = at + 10;
        at = data + length;
        return type switch
        {
            1 => $"{owner} A {new IPAddress(bytes.AsSpan(data, 4))}",
            5 => $"{owner} CNAME {ReadName(bytes, ref data)}",
            12 => $"{owner} PTR {ReadName(bytes, ref data)}",
            28 => $"{owner} AAAA {new IPAddress(bytes.AsSpan(data, 16))}",
            33 => Service(bytes, owner, data),
            _ => $"{owner} TYPE{type}",
        };
    }

    private static string Service(byte[] bytes, string owner, int data)
    {
        var port = BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(data + 4));
        var target = data + 6;
        return $"{owner} SRV {port} {ReadName(bytes, ref target)}";
    }

    private static string ReadName(byte[] bytes, ref int at)
    {
        var labels = new List<string>();
        while (bytes[at] != 0)
        {
            if (bytes[at] >= 0xC0)
            {
                var target = ((bytes[at] & 0x3F) << 8) | bytes[at + 1];
                at += 2;
                labels.Add(ReadName(bytes, ref target));
                return string.Join('.', labels);
            }

            labels.Add(Encoding.ASCII.GetString(bytes, at + 1, bytes[at]));
            at += 1 + bytes[at];
        }

        at++;
        return string.Join('.', labels);
    }
}
