using System.Text;
using CsCheck;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Loop;

namespace Mizzen.Proxy.Tests.Http;

/// <summary>Request heads: what is read, and that nothing else is.</summary>
public sealed class RequestHeadTests
{
    private static readonly Gen<string> Token = Gen.String[Gen.OneOf(Gen.Char['a', 'z'], Gen.Char['A', 'Z'], Gen.Char["-_!9"]), 1, 12];
    private static readonly Gen<string> Value = Gen.String[Gen.OneOf(Gen.Char[' ', '~'], Gen.Char['\u0080', 'ÿ'], Gen.Const('\t')), 0, 30];

    public static TheoryData<string, string, string, string, string> Targets => new()
    {
        { "GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n", "GET", "/a?b", "x", "None" },
        { "GET http://y/a HTTP/1.1\r\nHost: x\r\n\r\n", "GET", "/a", "y", "None" },
        { "GET http://y HTTP/1.1\r\nHost: x\r\n\r\n", "GET", "/", "y", "None" },
        { "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "OPTIONS", "*", "x", "None" },
        { "OPTIONS http://y HTTP/1.1\r\nHost: x\r\n\r\n", "OPTIONS", "*", "y", "None" },
        { "GET / HTTP/1.0\r\n\r\n", "GET", "/", "", "None" },
        { "POST / HTTP/1.1\r\nHost: [::1]:80\r\nContent-Length: 3\r\n\r\n", "POST", "/", "[::1]:80", "Length" },
        { "POST / HTTP/1.1\r\nHost:x\r\nTransfer-Encoding:Chunked\r\n\r\n", "POST", "/", "x", "Chunked" },
        { "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n", "POST", "/", "x", "None" },
    };

    [Theory]
    [MemberData(nameof(Targets))]
    public void The_parts_of_a_request_are_found(string text, string method, string path, string authority, string framing)
    {
        var head = new RequestHead();
        Assert.Equal(HeadError.None, Read(head, text, out var length));
        Assert.Equal(text.Length, length);
        Assert.Equal(
            (method, path, authority, framing), (Latin(head.Method), Latin(head.Path), Latin(head.Authority), head.Framing.ToString()));
    }

    [Fact]
    public void Fields_are_kept_as_they_are()
    {
        Gen.Select(Token, Value).Array[0, 20].Sample(fields =>
        {
            fields = [.. fields.Where(field => KnownHeaders.Find(Encoding.Latin1.GetBytes(field.Item1)) == KnownHeader.Other)];
            var head = new RequestHead();
            var text = "GET / HTTP/1.1\r\nhost: x\r\n" + string.Concat(fields.Select(field => $"{field.Item1}:{field.Item2}\r\n")) + "\r\n";
            return Read(head, text, out _) == HeadError.None
                && Fields(head).Skip(1).SequenceEqual(fields.Select(field => (field.Item1, field.Item2.Trim(' ', '\t'))));
        });
    }

    [Fact]
    public void A_head_that_comes_in_pieces_is_judged_as_the_whole()
    {
        string[] texts = ["\r\n", "\n", "\r", "GET ", "/", " HTTP/1.1", "host: a", "x:1", " ", "\0", "content-length: 1", "transfer-encoding: chunked", "\r\n\r\n"];
        var pieces = Gen.Int[0, texts.Length - 1].Select(i => texts[i]);
        Gen.Select(pieces.Array[1, 14], Gen.Int[1, 9]).Sample((parts, cut) =>
        {
            var text = "GET / HTTP/1.1\r\n" + string.Concat(parts) + "\r\n\r\n";
            return ReadInPieces(text, cut) is var inPieces && Read(new RequestHead(), text, out _) is var whole
                && (whole == inPieces || (inPieces == HeadError.Malformed && whole != HeadError.None));
        });
    }

    [Fact]
    public void Whatever_comes_in_nothing_unclean_goes_out()
    {
        var valid = "POST /path?q HTTP/1.1\r\nhost: a\r\nx-one: 1\r\nconnection: x-one, close\r\ncontent-length: 5\r\nx-two: 2\r\n\r\n";
        Gen.Select(Gen.Int[0, valid.Length - 1], Gen.Char['\0', 'ÿ'], Gen.Int[0, valid.Length - 1], Gen.Char['\0', 'ÿ']).Sample((first, one, second, two) =>
        {
            var bytes = valid.ToCharArray();
            bytes[first] = one;
            bytes[second] = two;
            var head = new RequestHead();
            if (Read(head, new string(bytes), out _) != HeadError.None)
            {
                return true;
            }

            var isClean = FieldSyntax.IsToken(head.Method) && FieldSyntax.IsTarget(head.Path) && FieldSyntax.IsAuthority(head.Authority)
                && Fields(head).All(field => FieldSyntax.IsToken(Encoding.Latin1.GetBytes(field.Name)) && FieldSyntax.IsValue(Encoding.Latin1.GetBytes(field.Value)));
            var lengths = Fields(head).Count(field => field.Name.Equals("content-length", StringComparison.OrdinalIgnoreCase));
            return isClean && lengths <= 1 && (head.Framing == BodyFraming.Length || lengths == 0 || head.ContentLength == 0);
        }, iter: 20_000);
    }

    [Fact]
    public void Changes_move_nothing_else()
    {
        Gen.Select(Token, Value).Array[1, 40].Sample(additions =>
        {
            var pool = new BufferPool();
            var head = new RequestHead();
            var scanned = 0;
            _ = head.Read(pool, "GET /old HTTP/1.1\r\nhost: x\r\nx-keep: 1\r\n\r\n"u8, ref scanned, out _);
            foreach (var (name, value) in additions)
            {
                head.Set(Encoding.Latin1.GetBytes("x-" + name), Encoding.Latin1.GetBytes(value));
                head.Path = head.Path;
                head.Append("x-copy"u8, head.Path);
            }

            var fits = Latin(head.Path) == "/old" && Latin(head.Authority) == "x" && head.TryGet("x-keep"u8, out var kept) && Latin(kept) == "1"
                && additions.All(addition => Last(additions, addition.Item1) is var last && head.TryGet(Encoding.Latin1.GetBytes("x-" + addition.Item1), out var value)
                    && Latin(value) == last);
            head.Clear();
            return fits && pool.Rented == 0;
        });
    }

    private static string Last((string, string)[] additions, string name) =>
        additions.Last(addition => addition.Item1.Equals(name, StringComparison.OrdinalIgnoreCase)).Item2;

    private static HeadError Read(RequestHead head, string text, out int length)
    {
        var scanned = 0;
        return head.Read(new BufferPool(), Encoding.Latin1.GetBytes(text), ref scanned, out length);
    }

    private static HeadError ReadInPieces(string text, int cut)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        var head = new RequestHead();
        var scanned = 0;
        var error = HeadError.Incomplete;
        for (var end = cut; error == HeadError.Incomplete; end += cut)
        {
            error = head.Read(new BufferPool(), bytes.AsSpan(0, Math.Min(end, bytes.Length)), ref scanned, out _);
            if (end >= bytes.Length)
            {
                break;
            }
        }

        return error;
    }

    private static List<(string Name, string Value)> Fields(RequestHead head) =>
        [.. Enumerable.Range(0, head.FieldCount).Where(i => !head.IsRemoved(i)).Select(i => (Latin(head.NameOf(i)), Latin(head.ValueOf(i))))];

    private static string Latin(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
