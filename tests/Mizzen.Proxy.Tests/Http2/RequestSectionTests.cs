using System.Text;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Http2;
using Mizzen.Proxy.Loop;

namespace Mizzen.Proxy.Tests.Http2;

/// <summary>Header blocks as request heads: what is read, and what is refused (RFC 9113 sections 8.2 and 8.3).</summary>
public sealed class RequestSectionTests
{
    private const string Line = ":method: GET|:scheme: https|:path: /a?b|:authority: x";

    public static TheoryData<string, bool, string> Right => new()
    {
        { Line, true, "GET /a?b x None" },
        { ":method: POST|:scheme: http|:path: /|:authority: x:80", false, "POST / x:80 Chunked" },
        { ":method: POST|:scheme: http|:path: /|:authority: x|content-length: 3", false, "POST / x Length content-length: 3" },
        { ":method: GET|:scheme: http|:path: /|host: x", true, "GET / x None" },
        { ":method: GET|:scheme: http|:path: /|:authority: x|host: x", true, "GET / x None" },
        { ":method: OPTIONS|:scheme: http|:path: *|:authority: x", true, "OPTIONS * x None" },
        { Line + "|te: trailers|accept: */*", true, "GET /a?b x None te: trailers accept: */*" },
        { Line + "|cookie: a=1|accept: b|cookie: c=2|cookie: d=3", true, "GET /a?b x None accept: b cookie: a=1; c=2; d=3" },
        { ":method: CONNECT|:protocol: websocket|:scheme: http|:path: /|:authority: x", false, "GET / x None upgrade: websocket" },
    };

    public static TheoryData<string, string> Wrong => new()
    {
        { ":scheme: http|:path: /|:authority: x", "no method" },
        { ":method: GET|:path: /|:authority: x", "no scheme" },
        { ":method: GET|:scheme: http|:authority: x", "no path" },
        { ":method: GET|:scheme: http|:path: /", "no authority" },
        { ":method: GET|:scheme: http|:path: |:authority: x", "an empty path" },
        { ":method: GET|:scheme: http|:path: a|:authority: x", "a path without slash" },
        { ":method: GET|:scheme: http|:path: *|:authority: x", "a star that is not for OPTIONS" },
        { ":method: GET|:scheme: http|:path: /a b|:authority: x", "a space in the path" },
        { ":method: GET|:scheme: http|:path: /#a|:authority: x", "a fragment" },
        { ":method: G T|:scheme: http|:path: /|:authority: x", "a method that is no token" },
        { ":method: GET|:scheme: file|:path: /|:authority: x", "another scheme" },
        { ":method: GET|:scheme: http|:path: /|:authority: a@x", "user information" },
        { Line + "|:path: /", "a pseudo-header behind one of its kind" },
        { ":method: GET|accept: a|:scheme: http|:path: /|:authority: x", "a pseudo-header behind a field" },
        { Line + "|:status: 200", "a response's pseudo-header" },
        { Line + "|:other: 1", "an unknown pseudo-header" },
        { Line + "|host: y", "a host that is not the authority" },
        { Line + "|Accept: a", "an upper-case name" },
        { Line + "|a b: c", "a name with a space" },
        { Line + "|: c", "an empty name" },
        { Line + "|a: b\r\nc: d", "a line end in a value" },
        { Line + "|a: b\0", "a NUL in a value" },
        { Line + "|a:  b", "a space before a value" },
        { Line + "|a: b ", "a space behind a value" },
        { Line + "|connection: close", "a field of the connection" },
        { Line + "|keep-alive: 1", "a field of the connection" },
        { Line + "|proxy-connection: x", "a field of the connection" },
        { Line + "|transfer-encoding: chunked", "a transfer coding" },
        { Line + "|upgrade: h2c", "an upgrade" },
        { Line + "|te: gzip", "a transfer coding that is asked for" },
        { Line + "|expect: ", "an expectation that nobody knows" },
        { Line + "|content-length: 1|content-length: 1", "two lengths" },
        { Line + "|content-length: +1", "a length that is no number" },
        { Line + "|content-length: 1", "a length with no body" },
        { ":method: GET|:protocol: websocket|:scheme: http|:path: /|:authority: x", "a tunnel without CONNECT" },
        { ":method: CONNECT|:path: /|:authority: x", "CONNECT with a path" },
    };

    [Theory]
    [MemberData(nameof(Right))]
    public void The_parts_of_a_request_are_found(string fields, bool endsStream, string expected)
    {
        var head = new RequestHead();
        Assert.Equal(SectionResult.Complete, Read(fields, endsStream, head));
        Assert.Equal(expected, Describe(head));
        Assert.Equal(20, head.Version);
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_could_be_read_in_two_ways_is_malformed(string fields, string why)
    {
        var result = Read(fields, endsStream: true, new RequestHead());
        Assert.True(result == SectionResult.Malformed, $"{why}: {result}");
    }

    [Fact]
    public void A_proxy_for_everything_is_not_implemented() =>
        Assert.Equal(SectionResult.NotImplemented, Read(":method: CONNECT|:authority: x:1", endsStream: false, new RequestHead()));

    [Theory]
    [InlineData(101, 1, SectionResult.TooLarge)]
    [InlineData(40, 2000, SectionResult.TooLarge)]
    [InlineData(30, 1000, SectionResult.Complete)]
    public void A_large_head_is_told_from_a_malformed_one(int count, int length, object result)
    {
        var fields = Line + string.Concat(Enumerable.Range(0, count).Select(i => $"|x-{i}: {new string('a', length)}"));
        Assert.Equal(result, Read(fields, endsStream: true, new RequestHead()));
    }

    private static SectionResult Read(string fields, bool endsStream, RequestHead head)
    {
        var lines = fields.Split('|').Select(line => (line[..line.IndexOf(": ", StringComparison.Ordinal)], line[(line.IndexOf(": ", StringComparison.Ordinal) + 2)..]));
        var block = new HpackEncoder().Encode([.. lines]);
        return RequestSection.Read(Blocks.Decoder(), block, new BufferPool(), head, endsStream, allowConnect: true);
    }

    private static string Describe(RequestHead head)
    {
        var text = new StringBuilder($"{Latin(head.Method)} {Latin(head.Path)} {Latin(head.Authority)} {head.Framing}");
        for (var i = 0; i < head.FieldCount; i++)
        {
            text.Append(head.IsRemoved(i) ? "" : $" {Latin(head.NameOf(i))}: {Latin(head.ValueOf(i))}");
        }

        return text.ToString();
    }

    private static string Latin(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
