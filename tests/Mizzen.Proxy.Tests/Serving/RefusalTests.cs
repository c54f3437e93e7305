using Mizzen.Proxy.Observation;

namespace Mizzen.Proxy.Tests.Serving;

/// <summary>Requests that are not what RFC 9112 says, or not what we take: none reaches the upstream, each ends its connection.</summary>
public sealed class RefusalTests
{
    public static TheoryData<string, int, string> Requests => new()
    {
        { "both lengths: smuggling by CL.TE", 400, "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n" },
        { "both lengths in the other order", 400, "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n" },
        { "two content lengths", 400, "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\nabcde" },
        { "two equal content lengths", 400, "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ncontent-length: 4\r\n\r\nabcd" },
        { "a list of content lengths", 400, "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4, 4\r\n\r\nabcd" },
        { "a signed content length", 400, "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: +4\r\n\r\nabcd" },
        { "a negative content length", 400, "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n" },
        { "a content length that overflows", 400, "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 18446744073709551616\r\n\r\n" },
        { "an empty content length", 400, "POST / HTTP/1.1\r\nhost: a\r\ncontent-length:\r\n\r\n" },
        { "two transfer encodings", 400, "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n" },
        { "a coding that we do not do", 501, "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n" },
        { "a coding that only looks like chunked", 501, "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n" },
        { "a coding behind a vertical tab", 400, "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: \vchunked\r\n\r\n0\r\n\r\n" },
        { "chunked in HTTP/1.0", 400, "POST / HTTP/1.0\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n" },
        { "space before the colon", 400, "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding : chunked\r\n\r\n0\r\n\r\n" },
        { "a folded line", 400, "GET / HTTP/1.1\r\nhost: a\r\nx: 1\r\n 2\r\n\r\n" },
        { "a line that begins with a space", 400, "GET / HTTP/1.1\r\n host: a\r\n\r\n" },
        { "bare LF as line end", 400, "GET / HTTP/1.1\nhost: a\n\n" },
        { "bare LF between fields", 400, "GET / HTTP/1.1\r\nhost: a\nx: 1\r\n\r\n" },
        { "bare CR in a value", 400, "GET / HTTP/1.1\r\nhost: a\r\nx: 1\r2\r\n\r\n" },
        { "NUL in a value", 400, "GET / HTTP/1.1\r\nhost: a\r\nx: 1\0\r\n\r\n" },
        { "NUL in a name", 400, "GET / HTTP/1.1\r\nhost: a\r\nx\0: 1\r\n\r\n" },
        { "NUL in the target", 400, "GET /\0 HTTP/1.1\r\nhost: a\r\n\r\n" },
        { "a line without a colon", 400, "GET / HTTP/1.1\r\nhost: a\r\nnonsense\r\n\r\n" },
        { "an empty name", 400, "GET / HTTP/1.1\r\nhost: a\r\n: 1\r\n\r\n" },
        { "no host", 400, "GET / HTTP/1.1\r\n\r\n" },
        { "two hosts", 400, "GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n" },
        { "a host that is a list", 400, "GET / HTTP/1.1\r\nhost: a, b\r\n\r\n" },
        { "a host with a path", 400, "GET / HTTP/1.1\r\nhost: a/b\r\n\r\n" },
        { "a host with user information", 400, "GET / HTTP/1.1\r\nhost: user@a\r\n\r\n" },
        { "Connection that nominates Host", 400, "GET / HTTP/1.1\r\nhost: a\r\nconnection: host\r\n\r\n" },
        { "Connection that nominates Content-Length", 400, "POST / HTTP/1.1\r\nhost: a\r\nconnection: content-length\r\ncontent-length: 4\r\n\r\nabcd" },
        { "an expectation that nobody knows", 400, "GET / HTTP/1.1\r\nhost: a\r\nexpect: tea\r\n\r\n" },
        { "a method that is not a token", 400, "GE(T / HTTP/1.1\r\nhost: a\r\n\r\n" },
        { "two spaces", 400, "GET  / HTTP/1.1\r\nhost: a\r\n\r\n" },
        { "a space in the target", 400, "GET /a b HTTP/1.1\r\nhost: a\r\n\r\n" },
        { "a fragment in the target", 400, "GET /a#b HTTP/1.1\r\nhost: a\r\n\r\n" },
        { "a target without a slash", 400, "GET a HTTP/1.1\r\nhost: a\r\n\r\n" },
        { "a star that is no OPTIONS", 400, "GET * HTTP/1.1\r\nhost: a\r\n\r\n" },
        { "HTTP/0.9", 400, "GET /\r\n\r\n" },
        { "a version that is none", 400, "GET / HTTP/one\r\nhost: a\r\n\r\n" },
        { "HTTP/1.2", 505, "GET / HTTP/1.2\r\nhost: a\r\n\r\n" },
        { "HTTP/2.0", 505, "GET / HTTP/2.0\r\nhost: a\r\n\r\n" },
        { "CONNECT", 501, "CONNECT a:443 HTTP/1.1\r\nhost: a:443\r\n\r\n" },
        { "TLS", 400, "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003" },
        { "a request line that is too long", 414, "GET /" + new string('a', 40_000) + " HTTP/1.1\r\nhost: a\r\n\r\n" },
        { "a head that is too long", 431, "GET / HTTP/1.1\r\nhost: a\r\nx: " + new string('a', 62_000) + "\r\n\r\n" },
        { "too many fields", 431, "GET / HTTP/1.1\r\nhost: a\r\n" + string.Concat(Enumerable.Repeat("x: 1\r\n", 101)) + "\r\n" },
    };

    public static TheoryData<string, string> Bodies => new()
    {
        { "a size that is not hexadecimal", "g\r\n" },
        { "a size with a prefix", "0x5\r\nhello\r\n" },
        { "a signed size", "+5\r\nhello\r\n" },
        { "a size that overflows", "ffffffffffffffff5\r\n" },
        { "an empty size", "\r\nhello\r\n" },
        { "space before the size", " 5\r\nhello\r\n" },
        { "space after the size", "5 \r\nhello\r\n" },
        { "bare LF after the size", "5\nhello\r\n" },
        { "bare LF in an extension", "5;a\nb\r\nhello\r\n" },
        { "bare LF after the data", "5\r\nhello\n0\r\n\r\n" },
        { "data that is too long", "5\r\nhello!\r\n" },
        { "a trailer that is none", "0\r\nnonsense\r\n\r\n" },
        { "a folded trailer", "0\r\na: 1\r\n 2\r\n\r\n" },
        { "an extension that is too long", "5;" + new string('a', 2000) + "\r\nhello\r\n" },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task A_bad_request_is_answered_here_and_ends_the_connection(string what, int status, string request)
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("ok"));
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = await engine.ConnectAsync();

        await client.SendAsync(request);
        var response = await client.ReadResponseAsync();
        var rest = await client.ReadToEndAsync();

        Assert.Equal((what, status), (what, response.Status));
        Assert.Equal("", rest);
        Assert.Empty(upstream.Heads);
        Assert.Equal((status, ResponseFlags.DownstreamProtocolError), await engine.OutcomeAsync() is var outcome ? (outcome.Status, outcome.Flags) : default);
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_bad_chunk_ends_both_connections(string what, string body)
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("ok"));
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = await engine.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n" + body);
        var response = await client.ReadResponseAsync();

        Assert.Equal((what, 400), (what, response.Status));
        Assert.Equal("", await client.ReadToEndAsync());
        var outcome = await engine.OutcomeAsync();
        Assert.Equal((400, ResponseFlags.DownstreamProtocolError), (outcome.Status, outcome.Flags));
    }

    [Theory]
    [InlineData("both lengths", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nabc")]
    [InlineData("a folded line", "HTTP/1.1 200 OK\r\nx: 1\r\n 2\r\ncontent-length: 0\r\n\r\n")]
    [InlineData("bare LF", "HTTP/1.1 200 OK\ncontent-length: 0\n\n")]
    [InlineData("a status that is none", "HTTP/1.1 2x0 OK\r\ncontent-length: 0\r\n\r\n")]
    [InlineData("an upgrade that nobody asked for", "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n")]
    [InlineData("another protocol", "220 smtp.example ESMTP\r\n\r\n")]
    public async Task A_bad_response_is_not_passed_on(string what, string answer)
    {
        await using var upstream = TestUpstream.Answering((_, _) => answer);
        await using var engine = TestEngine.Forwarding(upstream.Address);

        var response = await engine.GetAsync();

        Assert.Equal(
            (what, 502, "upstream connect error or disconnect/reset before headers. reset reason: protocol error"), (what, response.Status, response.Body));
        Assert.Equal(ResponseFlags.UpstreamProtocolError, (await engine.OutcomeAsync()).Flags);
    }

    [Fact]
    public async Task What_follows_a_refused_request_is_not_read()
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("ok"));
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = await engine.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n");

        Assert.Equal(400, (await client.ReadResponseAsync()).Status);
        Assert.Equal("", await client.ReadToEndAsync());
        Assert.Empty(upstream.Heads);
    }

    [Fact]
    public async Task An_absolute_target_replaces_the_host()
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("ok"));
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = await engine.ConnectAsync();

        await client.SendAsync("GET http://real.example:81/path?q HTTP/1.1\r\nhost: other\r\n\r\n");

        Assert.Equal(200, (await client.ReadResponseAsync()).Status);
        var head = Assert.Single(upstream.Heads);
        Assert.StartsWith("GET /path?q HTTP/1.1\r\nhost: real.example:81\r\n", head, StringComparison.Ordinal);
        Assert.DoesNotContain("other", head, StringComparison.Ordinal);
    }
}
