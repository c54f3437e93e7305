using CsCheck;
using Mizzen.Dns;
using Mizzen.Testing;

namespace Mizzen.Cluster.Tests.Dns;

public sealed class DnsQuestionTests
{
    private static readonly Gen<string> Label = Gen.Char["abcxyz019-_"].Array[1, 63].Select(letters => new string(letters));

    public static TheoryData<string, string> Refused => new()
    {
        { "a header that ends early", "12340100000100000000" },
        { "an answer", "1234810000010000000000000161000001 0001" },
        { "no question", "123401000000000000000000" },
        { "two questions", "12340100000200000000000001610000010001" },
        { "a name without an end", "1234010000010000000000000161" },
        { "a label that runs over the end", "12340100000100000000000005616200" },
        { "a compressed name, to itself", "123401000001000000000000c00c00010001" },
        { "a label with a reserved length", "12340100000100000000000041610000010001" },
        { "a type that is cut off", "123401000001000000000000016100 0001" },
        { "a class that is not the internet's", "12340100000100000000000001610000010003" },
        { "another operation", "12342800000100000000000001610000010001" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Refuses(string what, string request) =>
        Assert.True(DnsQuestion.TryRead(Convert.FromHexString(request.Replace(" ", "", StringComparison.Ordinal))) is null, what);

    [Fact]
    public void Reads_what_a_resolver_writes() => Gen.Select(Label.Array[1, 3], Gen.Int[0, 255], Gen.Int[0, 65535]).Sample((labels, type, size) =>
    {
        var name = string.Join('.', labels);

        var question = DnsQuestion.TryRead(DnsRequest.Of(name, type, size))!;

        Assert.Equal((name, (DnsType)type, true), (question.Name, question.Type, question.HasOptions));
        Assert.InRange(question.DatagramLimit, 512, 1232);
    });

    [Fact]
    public void Never_fails_on_bytes_of_any_kind() => Gen.Byte.Array[0, 600].Sample(bytes =>
    {
        AnswerAnything(bytes);
    });

    [Fact]
    public void Never_fails_on_a_damaged_question() =>
        Gen.Select(Gen.Int[0, 40], Gen.Byte, Gen.Int[0, 45]).Sample((at, value, length) =>
        {
            var request = DnsRequest.Of("web.shop.svc.cluster.local", 1, 4096);
            request[at % request.Length] = value;
            AnswerAnything(request[..Math.Min(length, request.Length)]);
        });

    // Whatever comes in: an answer that is not longer than allowed, a refusal, or nothing.
    private static void AnswerAnything(byte[] bytes)
    {
        if (DnsQuestion.TryRead(bytes) is { } question)
        {
            var answer = new DnsAnswer(DnsCode.NoError, [.. Enumerable.Repeat(DnsRecord.Address(System.Net.IPAddress.Loopback, 5), 200)]);
            var written = answer.Write(question, question.DatagramLimit);
            Assert.True(written.Length <= question.DatagramLimit);
            Assert.Equal(bytes[..2], written[..2]);
        }
        else if (DnsAnswer.Refuse(bytes) is { } refusal)
        {
            Assert.Equal(12, refusal.Length);
        }
    }
}
