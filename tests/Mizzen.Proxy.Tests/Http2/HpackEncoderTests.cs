using CsCheck;
using Mizzen.Proxy.Http2;
using Mizzen.Proxy.Loop;

namespace Mizzen.Proxy.Tests.Http2;

/// <summary>What is encoded is decoded as it was, whatever went before on the connection.</summary>
public sealed class HpackEncoderTests
{
    private static readonly Gen<string> Name = Gen.OneOf(
        Gen.OneOf(Gen.Const(":path"), Gen.Const("accept"), Gen.Const("user-agent"), Gen.Const("x-a"), Gen.Const("cookie")),
        Gen.String[Gen.OneOf(Gen.Char['a', 'z'], Gen.Char["-_.!9"]), 1, 20]);

    private static readonly Gen<string> Value = Gen.OneOf(Gen.OneOf(Gen.Const(""), Gen.Const("a"), Gen.Const("gzip"), Gen.Const("application/grpc")), Gen.String[Gen.Char['\u0001', 'ÿ'], 0, 200]);

    [Fact]
    public void Blocks_survive_the_way()
    {
        var block = Gen.Select(Name, Value).Array[0, 12];
        Gen.Select(block.Array[1, 12], Gen.Int[0, 5000].Array[12]).Sample((blocks, sizes) =>
        {
            var encoder = new HpackEncoder();
            var decoder = Blocks.Decoder();
            return blocks.Zip(sizes).All(pair =>
            {
                if (pair.Second % 3 == 0)
                {
                    encoder.SetPeerLimit(pair.Second);
                }

                return decoder.Decode(encoder.Encode(pair.First))!.SequenceEqual(pair.First.Select(field => $"{field.Item1}: {field.Item2}"))
                    && decoder.Table.Lines().SequenceEqual(encoder.Table.Lines());
            });
        });
    }

    [Fact]
    public void Huffman_codes_survive_the_way()
    {
        Gen.Byte.Array[0, 300].Sample(text =>
        {
            var code = new byte[Huffman.EncodedLength(text)];
            var back = new byte[((code.Length * 8) / 5) + 1];
            return Huffman.Encode(text, code) == code.Length && Huffman.Decode(code, back) == text.Length && back.AsSpan(0, text.Length).SequenceEqual(text);
        });
    }

    [Fact]
    public void Integers_survive_the_way()
    {
        Gen.Select(Gen.Int[0, (1 << 28) - 1], Gen.Int[4, 7]).Sample((value, prefix) =>
        {
            var bytes = new byte[HpackInteger.LongestForm];
            ReadOnlySpan<byte> written = bytes.AsSpan(0, HpackInteger.Write(bytes, 0, prefix, value));
            return HpackInteger.TryRead(ref written, prefix, out var read) && read == value && written.IsEmpty;
        });
    }

    [Fact]
    public void What_comes_again_costs_one_byte()
    {
        var encoder = new HpackEncoder();
        (string, string)[] fields = [("user-agent", "some/1.0"), ("x-tenant", "blue")];
        var sizes = Enumerable.Range(0, 3).Select(_ => encoder.Encode(fields).Length).ToArray();
        Assert.Equal(2, sizes[2]);
        Assert.True(sizes[0] > 20 && sizes[1] > 15);
    }

    [Fact]
    public void What_comes_once_leaves_the_table_alone()
    {
        var encoder = new HpackEncoder();
        foreach (var id in Enumerable.Range(0, 1000))
        {
            _ = encoder.Encode(("x-request-id", $"{id:x8}"));
        }

        Assert.Equal(0, encoder.Table.Count);
    }

    [Fact]
    public void A_secret_is_never_indexed()
    {
        var output = new OutputBuffer(new BufferPool());
        var encoder = new HpackEncoder();
        for (var i = 0; i < 3; i++)
        {
            encoder.Write(output, "authorization"u8, "Bearer x"u8, isSensitive: true);
        }

        Assert.Equal(Enumerable.Repeat("authorization: Bearer x (sensitive)", 3), Blocks.Decoder().Decode(output.Written));
        Assert.Equal(0, encoder.Table.Count);
    }

    [Fact]
    public void A_smaller_table_of_the_peer_is_announced_with_the_next_block()
    {
        var encoder = new HpackEncoder();
        encoder.SetPeerLimit(0);
        encoder.SetPeerLimit(100);
        Assert.Equal("20" + "3F45" + "82", Convert.ToHexString(Encode(encoder)));
        Assert.Equal("82", Convert.ToHexString(Encode(encoder)));
    }

    private static byte[] Encode(HpackEncoder encoder)
    {
        var output = new OutputBuffer(new BufferPool());
        encoder.Begin(output);
        HpackEncoder.WriteIndexed(output, 2);
        return output.Written.ToArray();
    }
}
