using System.Text;
using Mizzen.Proxy.Http2;
using Mizzen.Proxy.Loop;

namespace Mizzen.Proxy.Tests.Http2;

/// <summary>Header blocks as text: what is decoded, and what is written.</summary>
internal static class Blocks
{
    public static HpackDecoder Decoder(int tableSize = 4096) => new(new HpackScratch(), tableSize);

    /// <summary>Lines <c>name: value</c>; null when the block is an error.</summary>
    public static string[]? Decode(this HpackDecoder decoder, ReadOnlySpan<byte> block)
    {
        var lines = new List<string>();
        var field = default(HpackField);
        decoder.Begin();
        while (true)
        {
            switch (decoder.Read(ref block, ref field))
            {
                case HpackStep.End:
                    return [.. lines];
                case HpackStep.Error:
                    return null;
                default:
                    lines.Add($"{Encoding.Latin1.GetString(field.Name)}: {Encoding.Latin1.GetString(field.Value)}{(field.IsSensitive ? " (sensitive)" : "")}");
                    break;
            }
        }
    }

    public static string[]? Decode(this HpackDecoder decoder, string hex) => decoder.Decode(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));

    /// <summary>The dynamic table's lines, newest first.</summary>
    public static string[] Lines(this HpackDynamicTable table) =>
        [.. Enumerable.Range(0, table.Count).Select(i => $"{Encoding.Latin1.GetString(table.NameOf(table[i]))}: {Encoding.Latin1.GetString(table.ValueOf(table[i]))}")];

    public static byte[] Encode(this HpackEncoder encoder, params (string Name, string Value)[] fields)
    {
        var output = new OutputBuffer(new BufferPool());
        encoder.Begin(output);
        foreach (var (name, value) in fields)
        {
            encoder.Write(output, Encoding.Latin1.GetBytes(name), Encoding.Latin1.GetBytes(value));
        }

        return output.Written.ToArray();
    }
}
