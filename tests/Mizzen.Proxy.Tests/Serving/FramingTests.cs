using System.Globalization;
using System.Text;
using Mizzen.Testing;

namespace Mizzen.Proxy.Tests.Serving;

/// <summary>Bodies in every framing, both ways.</summary>
public sealed class FramingTests
{
    [Fact]
    public async Task A_chunked_request_with_trailers_arrives_whole()
    {
        await using var upstream = TestUpstream.Answering((_, body) => TestUpstream.Ok(body));
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = await engine.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n");
        await client.SendAsync("1;ext=1\r\n \r\n5\r\nworld\r\n0\r\n\r\n");

        Assert.Equal("hello world", (await client.ReadResponseAsync()).Body);
        Assert.Contains("transfer-encoding: chunked\r\n", Assert.Single(upstream.Heads), StringComparison.Ordinal);
        Assert.Equal(11, (await engine.OutcomeAsync()).Received);
    }

    [Fact]
    public async Task A_chunked_response_keeps_its_trailers()
    {
        await using var upstream = TestUpstream.Answering((_, _) =>
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\nx-sum: 6\r\n\r\n");
        await using var engine = TestEngine.Forwarding(upstream.Address);

        Assert.Equal("abcdef|x-sum: 6", (await engine.GetAsync()).Body);
    }

    [Fact]
    public async Task A_response_that_ends_with_its_connection_becomes_chunked()
    {
        await using var upstream = new TestUpstream(async connection =>
        {
            _ = await connection.ReadRequestAsync();
            await connection.SendAsync("HTTP/1.0 200 OK\r\n\r\nall of it");
        });
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = await engine.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nhost: test\r\n\r\n");
        var response = await client.ReadResponseAsync();

        Assert.Equal(("chunked", "all of it"), (response["transfer-encoding"], response.Body));
    }

    [Theory]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", "5")]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\n\r\n", null)]
    [InlineData("GET", "HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", "5")]
    public async Task A_response_without_a_body_is_complete_with_its_head(string method, string answer, string? length)
    {
        await using var upstream = TestUpstream.Answering((_, _) => answer);
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = await engine.ConnectAsync();
        for (var i = 0; i < 2; i++)
        {
            await client.SendAsync($"{method} / HTTP/1.1\r\nhost: test\r\n\r\n");
            Assert.Equal(length, (await client.ReadResponseAsync(toHead: true))["content-length"]);
        }

        Assert.Equal(1, upstream.Connections);
    }

    [Fact]
    public async Task Pipelined_requests_are_answered_in_order()
    {
        await using var upstream = TestUpstream.Answering((head, _) => TestUpstream.Ok(head.Split(' ')[1]));
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = await engine.ConnectAsync();

        await client.SendAsync(string.Concat(Enumerable.Range(0, 20).Select(i => $"GET /{i} HTTP/1.1\r\nhost: test\r\n\r\n")));

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal($"/{i}", (await client.ReadResponseAsync()).Body);
        }
    }

    [Fact]
    public async Task A_head_may_come_in_pieces()
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("ok"));
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = await engine.ConnectAsync();

        foreach (var letter in "\r\nGET /pieces HTTP/1.1\r\nhost: test\r\n\r\n")
        {
            await client.SendAsync(letter.ToString());
        }

        Assert.Equal("ok", (await client.ReadResponseAsync()).Body);
    }

    [Theory]
    [InlineData("HTTP/1.0", "", "close")]
    [InlineData("HTTP/1.0", "connection: keep-alive\r\n", "keep-alive")]
    [InlineData("HTTP/1.1", "connection: close\r\n", "close")]
    [InlineData("HTTP/1.1", "", null)]
    public async Task The_connection_ends_as_the_client_wants(string version, string fields, string? connection)
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("ok"));
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = await engine.ConnectAsync();

        await client.SendAsync($"GET / {version}\r\nhost: test\r\n{fields}\r\n");

        Assert.Equal(connection, (await client.ReadResponseAsync())["connection"]);
        if (connection == "close")
        {
            Assert.Equal("", await client.ReadToEndAsync());
        }
    }

    [Fact]
    public async Task A_large_body_passes_both_ways_without_being_collected()
    {
        const int Size = 20_000_000;
        await using var upstream = new TestUpstream(async connection =>
        {
            _ = await connection.ReadHeadAsync();
            await connection.SendAsync($"HTTP/1.1 200 OK\r\ncontent-length: {Size}\r\n\r\n");
            for (var left = Size; left > 0;)
            {
                var piece = await connection.ReadSomeAsync();
                left -= piece.Length;
                await connection.SendAsync(piece);
            }
        });
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = await engine.ConnectAsync();
        var body = new byte[Size];
        new Random(1).NextBytes(body);

        var sending = Task.Run(
            async () =>
            {
                await client.SendAsync($"POST / HTTP/1.1\r\nhost: test\r\ncontent-length: {Size}\r\n\r\n");
                await client.SendAsync(body);
            },
            TestContext.Current.CancellationToken);
        var response = await client.ReadResponseAsync();
        await sending;

        Assert.True(Encoding.Latin1.GetBytes(response.Body).AsSpan().SequenceEqual(body));
    }

    [Fact]
    public async Task A_client_that_does_not_read_stops_the_upstream()
    {
        var sent = 0L;
        await using var upstream = new TestUpstream(async connection =>
        {
            _ = await connection.ReadRequestAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\ncontent-length: 200000000\r\n\r\n");
            var piece = new string('x', 100_000);
            while (sent < 200_000_000)
            {
                await connection.SendAsync(piece);
                Interlocked.Add(ref sent, piece.Length);
            }
        });
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = await engine.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nhost: test\r\n\r\n");

        var before = -1L;
        await Eventually.HoldsAsync(
            async () =>
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, TestContext.Current.CancellationToken);
                var now = Interlocked.Read(ref sent);
                var stands = now > 0 && now == before;
                before = now;
                return stands;
            },
            "the upstream is held up",
            TestContext.Current.CancellationToken);

        Assert.True(before < 100_000_000, before.ToString(CultureInfo.InvariantCulture));
        Assert.Contains("\r\n\r\n", await client.ReadAsync(10_000_000), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_early_answer_does_not_wait_for_the_body()
    {
        await using var upstream = new TestUpstream(async connection =>
        {
            _ = await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.1 413 Payload Too Large\r\ncontent-length: 3\r\n\r\nbig");
            _ = await connection.ReadSomeAsync();
        });
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = await engine.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 1000\r\n\r\nsome");

        var response = await client.ReadResponseAsync();
        Assert.Equal((413, "big"), (response.Status, response.Body));
    }

    [Fact]
    public async Task The_upstream_decides_about_100_continue()
    {
        await using var upstream = new TestUpstream(async connection =>
        {
            var head = await connection.ReadHeadAsync();
            Assert.Contains("expect: 100-continue", head, StringComparison.Ordinal);
            await connection.SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
            await connection.SendAsync(TestUpstream.Ok(await connection.ReadAsync(4)));
        });
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = await engine.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nhost: test\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n");
        Assert.Equal(100, (await client.ReadResponseAsync()).Status);
        await client.SendAsync("body");

        Assert.Equal("body", (await client.ReadResponseAsync()).Body);
    }

    [Fact]
    public async Task Hop_by_hop_fields_stay_on_their_hop()
    {
        await using var upstream = TestUpstream.Answering((_, _) =>
            TestUpstream.Ok("ok", "connection: x-hop\r\nx-hop: 1\r\nkeep-alive: timeout=5\r\nx-stay: 1\r\n"));
        await using var engine = TestEngine.Forwarding(upstream.Address);

        var response = await engine.GetAsync("/", "connection: x-secret, keep-alive\r\nx-secret: 1\r\nte: gzip\r\nproxy-connection: close\r\nx-kept: 1\r\n");

        Assert.Equal((null, null, "1"), (response["x-hop"], response["keep-alive"], response["x-stay"]));
        var head = Assert.Single(upstream.Heads);
        Assert.DoesNotContain("x-secret", head, StringComparison.Ordinal);
        Assert.DoesNotContain("te:", head, StringComparison.Ordinal);
        Assert.DoesNotContain("proxy-connection", head, StringComparison.Ordinal);
        Assert.Contains("x-kept: 1", head, StringComparison.Ordinal);
    }
}
