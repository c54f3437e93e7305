using System.Text;
using CsCheck;
using Mizzen.Proxy.Http;

namespace Mizzen.Proxy.Tests.Http;

/// <summary>What gRPC says with HTTP.</summary>
public sealed class GrpcProtocolTests
{
    [Theory]
    [InlineData("application/grpc", true)]
    [InlineData("application/grpc+proto", true)]
    [InlineData("application/grpc;charset=x", true)]
    [InlineData("application/grpc-web", false)]
    [InlineData("application/grpcx", false)]
    [InlineData("application/json", false)]
    [InlineData("", false)]
    public void gRPC_is_told_by_its_content_type(string type, bool expected) => Assert.Equal(expected, GrpcProtocol.IsGrpc(Encoding.ASCII.GetBytes(type)));

    [Theory]
    [InlineData(400, 13)]
    [InlineData(401, 16)]
    [InlineData(403, 7)]
    [InlineData(404, 12)]
    [InlineData(408, 2)]
    [InlineData(429, 14)]
    [InlineData(500, 2)]
    [InlineData(503, 14)]
    [InlineData(504, 14)]
    public void Answers_of_the_proxy_have_Envoys_status(int http, int grpc) => Assert.Equal(grpc, GrpcProtocol.StatusOf(http));

    [Theory]
    [InlineData("1H", 3_600_000)]
    [InlineData("2M", 120_000)]
    [InlineData("3S", 3000)]
    [InlineData("4m", 4)]
    [InlineData("5001u", 6)]
    [InlineData("1n", 1)]
    [InlineData("99999999H", 359_999_996_400_000)]
    [InlineData("S", -1)]
    [InlineData("1", -1)]
    [InlineData("1s", -1)]
    [InlineData("-1S", -1)]
    [InlineData("123456789S", -1)]
    public void A_timeout_has_up_to_eight_digits_and_a_unit(string text, long milliseconds) =>
        Assert.Equal(milliseconds, GrpcProtocol.TryReadTimeout(Encoding.ASCII.GetBytes(text), out var read) ? read : -1);

    [Fact]
    public void A_message_is_percent_encoded()
    {
        var target = new byte[64];
        var length = GrpcProtocol.WriteMessage("100 % ä\n"u8, target);
        Assert.Equal("100 %25 %C3%A4%0A", Encoding.ASCII.GetString(target, 0, length));
        Assert.Equal(0, GrpcProtocol.WriteMessage("%"u8, new byte[2]));
    }

    [Fact]
    public void Messages_are_counted_however_their_bytes_are_cut()
    {
        Gen.Select(Gen.Int[0, 40].Array[0, 20], Gen.Int[1, 17]).Sample((lengths, cut) =>
        {
            byte[] body = [.. lengths.SelectMany(length => (byte[])[0, 0, 0, 0, (byte)length, .. new byte[length]])];
            var counter = default(GrpcMessageCounter);
            foreach (var piece in body.Chunk(cut))
            {
                counter.Take(piece);
            }

            return counter.Count == lengths.Length;
        });
    }
}
