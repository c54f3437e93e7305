using Mizzen.Proxy.Http2;
using Mizzen.Proxy.Loop;

namespace Mizzen.Fuzz.Targets;

/// <summary>Header blocks: decoding ends, keeps the table within its limit, and what was decoded survives encoding.</summary>
internal sealed class HpackTarget : FuzzTarget
{
    private readonly HpackScratch _scratch = new();
    private readonly BufferPool _pool = new();

    public override string Name => "hpack";

    public override void Run(byte[] input)
    {
        var decoder = new HpackDecoder(_scratch, 4096);
        var encoder = new HpackEncoder();
        var back = new HpackDecoder(new HpackScratch(), 4096);
        // Two blocks of one connection, so that the second meets a table that the first has filled.
        var half = input.Length / 2;
        RunBlock(decoder, encoder, back, input.AsSpan(0, half));
        RunBlock(decoder, encoder, back, input.AsSpan(half));
    }

    private void RunBlock(HpackDecoder decoder, HpackEncoder encoder, HpackDecoder back, ReadOnlySpan<byte> block)
    {
        var output = new OutputBuffer(_pool);
        var fields = new List<(byte[] Name, byte[] Value, bool IsSensitive)>();
        var field = default(HpackField);
        decoder.Begin();
        encoder.Begin(output);
        while (decoder.Read(ref block, ref field) == HpackStep.Field && fields.Count < 1000)
        {
            Require(decoder.Table.Size <= decoder.Table.Limit, "the table is within its limit");
            fields.Add((field.Name.ToArray(), field.Value.ToArray(), field.IsSensitive));
            encoder.Write(output, field.Name, field.Value, field.IsSensitive);
        }

        var written = output.Written;
        back.Begin();
        foreach (var (name, value, isSensitive) in fields)
        {
            var again = default(HpackField);
            Require(back.Read(ref written, ref again) == HpackStep.Field, "what was encoded is decoded");
            Require(again.Name.SequenceEqual(name) && again.Value.SequenceEqual(value) && again.IsSensitive == isSensitive, "fields survive");
        }

        output.Clear();
    }
}
