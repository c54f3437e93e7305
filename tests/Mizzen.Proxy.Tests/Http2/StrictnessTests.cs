using Mizzen.Proxy.Http2;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Tests.Serving;
using static Mizzen.Proxy.Tests.Http2.FrameClient;

namespace Mizzen.Proxy.Tests.Http2;

/// <summary>What RFC 9113 forbids a client: each ends the stream or the connection with the code that the RFC names, and nothing of it is forwarded.</summary>
public sealed class StrictnessTests
{
    private const string Get = ":method: GET|:scheme: http|:path: /|:authority: a";
    private const string Post = ":method: POST|:scheme: http|:path: /|:authority: a";

    /// <summary>Frames behind the settings, and the code of the GOAWAY that answers them.</summary>
    public static TheoryData<string, byte[], string> ConnectionErrors => new()
    {
        { "a frame that is too long", Frame(FrameType.Data, FrameFlags.None, 1, new byte[16385]), "FrameSize" },
        { "DATA without a stream", Frame(FrameType.Data, FrameFlags.None, 0, 1), "Protocol" },
        { "DATA on an idle stream", Frame(FrameType.Data, FrameFlags.None, 1, 1), "Protocol" },
        { "DATA with more padding than content", Frame(FrameType.Data, FrameFlags.Padded, 1, 5, 1), "Protocol" },
        { "HEADERS without a stream", Frame(FrameType.Headers, FrameFlags.EndHeaders, 0, 0x82), "Protocol" },
        { "HEADERS on a server's stream", Frame(FrameType.Headers, FrameFlags.EndHeaders, 2, 0x82), "Protocol" },
        { "HEADERS with more padding than content", Frame(FrameType.Headers, FrameFlags.EndHeaders | FrameFlags.Padded, 1, 9, 0x82), "Protocol" },
        { "HEADERS that depend on themselves", Frame(FrameType.Headers, FrameFlags.EndHeaders | FrameFlags.Priority, 1, 0, 0, 0, 1, 9, 0x82), "Protocol" },
        { "a header block that cannot be decoded", Frame(FrameType.Headers, FrameFlags.EndHeaders, 1, 0xff, 0xff), "Compression" },
        { "CONTINUATION without HEADERS", Frame(FrameType.Continuation, FrameFlags.EndHeaders, 1, 0x82), "Protocol" },
        { "another frame inside of a header block", [.. Frame(FrameType.Headers, FrameFlags.None, 1, 0x82), .. Frame(FrameType.Ping, FrameFlags.None, 0, new byte[8])], "Protocol" },
        { "CONTINUATION of another stream", [.. Frame(FrameType.Headers, FrameFlags.None, 1, 0x82), .. Frame(FrameType.Continuation, FrameFlags.None, 3, 0x82)], "Protocol" },
        { "PRIORITY without a stream", Frame(FrameType.Priority, FrameFlags.None, 0, 0, 0, 0, 3, 9), "Protocol" },
        { "PRIORITY of the wrong size", Frame(FrameType.Priority, FrameFlags.None, 1, 0), "FrameSize" },
        { "RST_STREAM of an idle stream", Frame(FrameType.ResetStream, FrameFlags.None, 1, 0, 0, 0, 0), "Protocol" },
        { "RST_STREAM of the wrong size", Frame(FrameType.ResetStream, FrameFlags.None, 1, 0), "FrameSize" },
        { "SETTINGS on a stream", Frame(FrameType.Settings, FrameFlags.None, 1), "Protocol" },
        { "SETTINGS of the wrong size", Frame(FrameType.Settings, FrameFlags.None, 0, 0), "FrameSize" },
        { "an acknowledgement with content", Frame(FrameType.Settings, FrameFlags.Ack, 0, new byte[6]), "FrameSize" },
        { "a push setting that is no boolean", Frame(FrameType.Settings, FrameFlags.None, 0, 0, 2, 0, 0, 0, 2), "Protocol" },
        { "a window that is too large", Frame(FrameType.Settings, FrameFlags.None, 0, 0, 4, 0x80, 0, 0, 0), "FlowControl" },
        { "frames that are too short", Frame(FrameType.Settings, FrameFlags.None, 0, 0, 5, 0, 0, 1, 0), "Protocol" },
        { "PUSH_PROMISE", Frame(FrameType.PushPromise, FrameFlags.EndHeaders, 1, 0, 0, 0, 2, 0x82), "Protocol" },
        { "PING on a stream", Frame(FrameType.Ping, FrameFlags.None, 1, new byte[8]), "Protocol" },
        { "PING of the wrong size", Frame(FrameType.Ping, FrameFlags.None, 0, 0), "FrameSize" },
        { "GOAWAY on a stream", Frame(FrameType.GoAway, FrameFlags.None, 1, new byte[8]), "Protocol" },
        { "GOAWAY of the wrong size", Frame(FrameType.GoAway, FrameFlags.None, 0, 0), "FrameSize" },
        { "WINDOW_UPDATE of nothing", Frame(FrameType.WindowUpdate, FrameFlags.None, 0, new byte[4]), "Protocol" },
        { "WINDOW_UPDATE of the wrong size", Frame(FrameType.WindowUpdate, FrameFlags.None, 0, 0), "FrameSize" },
        { "WINDOW_UPDATE of an idle stream", Frame(FrameType.WindowUpdate, FrameFlags.None, 1, 0, 0, 0, 1), "Protocol" },
        { "a connection's window that overflows", Frame(FrameType.WindowUpdate, FrameFlags.None, 0, Number(int.MaxValue)), "FlowControl" },
    };

    /// <summary>Requests that are no messages of HTTP/2.</summary>
    public static TheoryData<string, string> Malformed => new()
    {
        { "an upper-case name", Get + "|X-Upper: a" },
        { "a field of the connection", Get + "|connection: close" },
        { "a transfer coding", Post + "|transfer-encoding: chunked" },
        { "no path", ":method: GET|:scheme: http|:authority: a" },
        { "an empty path", ":method: GET|:scheme: http|:path: |:authority: a" },
        { "a pseudo-header behind a field", ":method: GET|:scheme: http|:path: /|accept: a|:authority: a" },
        { "a line end in a value", Get + "|a: b\r\nx: y" },
        { "two lengths", Post + "|content-length: 0|content-length: 0" },
        { "a length that no body can have", Get + "|content-length: 5" },
        { "two hosts", Get + "|host: b" },
    };

    [Theory]
    [MemberData(nameof(ConnectionErrors))]
    public async Task A_wrong_frame_ends_the_connection(string what, byte[] frames, string error)
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("ok"));
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = await StartAsync(engine.Address);

        await client.SendAsync(frames);

        Assert.Equal((what, $"goaway 0 {error}"), (what, Assert.Single(await client.ReadToEndAsync())));
        Assert.Empty(upstream.Heads);
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task A_malformed_request_ends_its_stream_only(string what, string fields)
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("ok"));
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = await StartAsync(engine.Address);

        await client.SendHeadersAsync(1, fields);
        Assert.Equal((what, "reset Protocol"), (what, await client.ReadStreamAsync(1)));
        Assert.Empty(upstream.Heads);

        await client.SendHeadersAsync(3, Get);
        Assert.Equal(":status: 200|content-length: 2ok", await client.ReadStreamAsync(3));
    }

    [Fact]
    public async Task The_preface_must_be_whole_and_settings_must_follow()
    {
        await using var engine = TestEngine.Forwarding(TestUpstream.Nobody());
        using var client = await ConnectAsync(engine.Address);
        await client.SendAsync([.. Preface, .. Frame(FrameType.Ping, FrameFlags.None, 0, new byte[8])]);
        Assert.Equal("goaway 0 Protocol", Assert.Single(await client.ReadToEndAsync()));

        using var other = await ConnectAsync(engine.Address);
        await other.SendAsync("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n"u8.ToArray());
        Assert.Equal("goaway 0 Protocol", Assert.Single(await other.ReadToEndAsync()));
    }

    [Theory]
    [InlineData("abcdef", true)]
    [InlineData("abcd", true)]
    public async Task A_body_must_be_as_long_as_announced(string body, bool ends)
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("ok"));
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = await StartAsync(engine.Address);

        await client.SendHeadersAsync(1, Post + "|content-length: 5", endStream: false);
        await client.SendDataAsync(1, body, ends);

        Assert.Equal("reset Protocol", await client.ReadStreamAsync(1));
    }

    [Fact]
    public async Task A_stream_that_is_over_takes_no_frames()
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("ok"));
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = await StartAsync(engine.Address);
        await client.SendHeadersAsync(3, Get);
        _ = await client.ReadStreamAsync(3);

        await client.SendDataAsync(3, "late");
        Assert.Equal("reset StreamClosed", await client.ReadStreamAsync(3));
        await client.SendHeadersAsync(1, Get);
        Assert.Equal("goaway 3 StreamClosed", Assert.Single(await client.ReadToEndAsync()));
    }

    [Fact]
    public async Task Trailers_must_end_the_stream()
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("ok"));
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = await StartAsync(engine.Address);
        await client.SendHeadersAsync(1, Post, endStream: false);
        await client.SendHeadersAsync(1, "x-sum: 1", endStream: false);
        Assert.Equal("reset Protocol", await client.ReadStreamAsync(1));
        await client.SendHeadersAsync(3, Post, endStream: false);
        await client.SendHeadersAsync(3, ":path: /other");
        Assert.Equal("reset Protocol", await client.ReadStreamAsync(3));
    }

    [Fact]
    public async Task A_stream_beyond_the_limit_is_refused()
    {
        await using var upstream = new TestUpstream(static connection => Task.Delay(Timeout.Infinite, connection.Cancellation));
        await using var engine = new TestEngine();
        engine.Publish(new HttpModel { Routes = TestEngine.Routes(TestEngine.Route()), Http2 = new Http2Model { MaxConcurrentStreams = 2 } }, TestEngine.Cluster("app", upstream.Address));
        using var client = await StartAsync(engine.Address);
        await client.SendHeadersAsync(1, Get);
        await client.SendHeadersAsync(3, Get);
        await client.SendHeadersAsync(5, Get);
        Assert.Equal("reset RefusedStream", await client.ReadStreamAsync(5));
    }

    [Fact]
    public async Task A_window_that_is_overrun_ends_the_stream()
    {
        // A server that never opens its window lets the proxy pass on 64 KiB, keep some more, and then stop its client.
        await using var server = new FrameServer(static async (connection, number) => _ = await connection.ReadToEndAsync());
        await using var engine = new TestEngine();
        engine.Publish(
            new HttpModel { Routes = TestEngine.Routes(TestEngine.Route()), Http2 = new Http2Model { StreamWindow = 65535 } },
            TestEngine.Cluster("app", server.Address) with { Protocol = UpstreamProtocol.Http2 });
        using var client = await StartAsync(engine.Address);
        await client.SendHeadersAsync(1, Post, endStream: false);
        for (var i = 0; i < 30; i++)
        {
            await client.SendAsync(FrameType.Data, FrameFlags.None, 1, new byte[16384]);
        }

        Assert.Equal("reset FlowControl", await client.ReadStreamAsync(1));
    }

    [Fact]
    public async Task A_head_that_is_too_large_is_answered()
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("ok"));
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = await StartAsync(engine.Address);
        await client.SendHeadersAsync(1, Get + string.Concat(Enumerable.Range(0, 101).Select(i => $"|x-{i}: a")));
        Assert.StartsWith(":status: 431", await client.ReadStreamAsync(1), StringComparison.Ordinal);
        await client.SendHeadersAsync(3, Get);
        Assert.Equal(":status: 200|content-length: 2ok", await client.ReadStreamAsync(3));
    }

    [Fact]
    public async Task A_proxy_for_everything_is_not_what_we_are()
    {
        await using var engine = TestEngine.Forwarding(TestUpstream.Nobody());
        using var client = await StartAsync(engine.Address);
        await client.SendHeadersAsync(1, ":method: CONNECT|:authority: a:1", endStream: false);
        Assert.StartsWith(":status: 501", await client.ReadStreamAsync(1), StringComparison.Ordinal);
    }
}
