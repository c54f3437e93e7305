using System.Text;

namespace Mizzen.Cluster.Tests.OpenApi;

/// <summary>A protobuf message taken apart, by nothing but the wire format.</summary>
internal sealed class ProtobufFields
{
    private readonly List<(int Field, ReadOnlyMemory<byte> Bytes)> _fields = [];

    public static ProtobufFields Read(ReadOnlyMemory<byte> message)
    {
        var fields = new ProtobufFields();
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(message.Span, ref at);
            switch (tag & 7)
            {
                case 0:
                    Varint(message.Span, ref at);
                    break;
                case 1:
                    at += sizeof(double);
                    break;
                case 2:
                    var length = (int)Varint(message.Span, ref at);
                    fields._fields.Add(((int)(tag >> 3), message.Slice(at, length)));
                    at += length;
                    break;
                default:
                    throw new InvalidDataException($"wire type {tag & 7}");
            }
        }

        return fields;
    }

    public string Text(int field) =>
        Encoding.UTF8.GetString(_fields.First(candidate => candidate.Field == field).Bytes.Span);

    public ProtobufFields? Message(int field) => Messages(field).FirstOrDefault();

    public IEnumerable<ProtobufFields> Messages(int field) =>
        _fields.Where(candidate => candidate.Field == field).Select(candidate => Read(candidate.Bytes));

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = bytes[at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
