using System.Globalization;
using System.Text;
using CsCheck;
using Mizzen.Proxy.Http;

namespace Mizzen.Proxy.Tests.Http;

/// <summary>Bodies are found in whatever pieces they come.</summary>
public sealed class BodyReaderTests
{
    private static readonly Gen<string> Text = Gen.String[Gen.Char['\0', 'ÿ'], 0, 40];

    [Fact]
    public void A_chunked_body_is_the_same_however_it_is_cut()
    {
        Gen.Select(Text.Array[0, 6], Gen.Int[1, 20], Gen.Bool).Sample((pieces, cut, trailers) =>
        {
            var stream = string.Concat(pieces.Where(piece => piece.Length > 0).Select(Chunk))
                + (trailers ? "0\r\nx-a: 1\r\nx-b: 2\r\n\r\n" : "0\r\n\r\n") + "GET /next";
            var (body, end, left) = Read(BodyFraming.Chunked, 0, stream, cut);
            return body == string.Concat(pieces) && end == (trailers ? BodyPart.Trailers : BodyPart.End) && left == "GET /next";
        });
    }

    [Fact]
    public void A_counted_body_ends_where_its_length_says()
    {
        Gen.Select(Text, Gen.Int[1, 20]).Sample((text, cut) =>
        {
            var (body, _, left) = Read(BodyFraming.Length, text.Length, text + "GET /next", cut);
            return body == text && left == "GET /next";
        });
    }

    [Fact]
    public void Nothing_makes_the_reader_stumble()
    {
        Gen.Select(Gen.OneOf(Text, Gen.String[Gen.Char["\r\n05a; x:"], 0, 60]), Gen.Int[1, 20]).Sample((text, cut) =>
        {
            var (body, end, left) = Read(BodyFraming.Chunked, 0, text, cut);
            return body.Length + left.Length <= text.Length && end is BodyPart.End or BodyPart.Trailers or BodyPart.Malformed or BodyPart.NeedMore;
        });
    }

    [Fact]
    public void Bad_chunks_are_bad_however_they_are_cut()
    {
        Gen.Select(Gen.String[Gen.Char["\r\n01f; x"], 0, 24], Gen.Int[1, 24]).Sample((text, cut) =>
        {
            var whole = Read(BodyFraming.Chunked, 0, text, text.Length + 1);
            var pieces = Read(BodyFraming.Chunked, 0, text, cut);
            return whole.End == pieces.End && whole.Body == pieces.Body;
        });
    }

    private static string Chunk(string data) => data.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n" + data + "\r\n";

    /// <summary>Feeds the stream in cuts of that size, keeping what is not used, as a transport does.</summary>
    private static (string Body, BodyPart End, string Left) Read(BodyFraming framing, long length, string stream, int cut)
    {
        var reader = default(BodyReader);
        reader.Start(framing, length);
        var bytes = Encoding.Latin1.GetBytes(stream);
        var body = new StringBuilder();
        var start = 0;
        for (var end = Math.Min(cut, bytes.Length); ; end = Math.Min(end + cut, bytes.Length))
        {
            BodyPart part;
            while (true)
            {
                var input = bytes.AsSpan(start, end - start);
                part = reader.Next(input, out var used, out var content);
                start += used;
                if (part != BodyPart.Data)
                {
                    break;
                }

                body.Append(Encoding.Latin1.GetString(input[content]));
            }

            if (part != BodyPart.NeedMore || end == bytes.Length)
            {
                return (body.ToString(), part, Encoding.Latin1.GetString(bytes, start, bytes.Length - start));
            }
        }
    }
}
