using Mizzen.Proxy.Http2;
using Mizzen.Proxy.Tests.Serving;
using static Mizzen.Proxy.Tests.Http2.FrameClient;

namespace Mizzen.Proxy.Tests.Http2;

/// <summary>Peers that keep a proxy busy with nothing are told to calm down, and leave.</summary>
public sealed class FloodTests
{
    private const string Get = ":method: GET|:scheme: http|:path: /|:authority: a";
    private const string Post = ":method: POST|:scheme: http|:path: /|:authority: a";

    public static TheoryData<string, byte[], int, string> Frames => new()
    {
        { "SETTINGS", Frame(FrameType.Settings, FrameFlags.None, 0), 2000, "http2.inbound_control_frames_flood" },
        { "PING", Frame(FrameType.Ping, FrameFlags.None, 0, new byte[8]), 2000, "http2.inbound_control_frames_flood" },
        { "PRIORITY", Frame(FrameType.Priority, FrameFlags.None, 1, 0, 0, 0, 3, 9), 2000, "http2.inbound_priority_frames_flood" },
        { "WINDOW_UPDATE", Frame(FrameType.WindowUpdate, FrameFlags.None, 0, 0, 0, 0, 1), 2000, "http2.inbound_window_update_frames_flood" },
        { "CONTINUATION", [.. Frame(FrameType.Headers, FrameFlags.None, 1, 0x82), .. Repeat(Frame(FrameType.Continuation, FrameFlags.None, 1, 0x82), 100)], 1, "http2.too_many_header_frames" },
        { "empty CONTINUATION", [.. Frame(FrameType.Headers, FrameFlags.None, 1, 0x82), .. Repeat(Frame(FrameType.Continuation, FrameFlags.None, 1), 100)], 1, "http2.inbound_empty_frames_flood" },
    };

    [Theory]
    [MemberData(nameof(Frames))]
    public async Task Frames_that_carry_nothing_end_the_connection(string what, byte[] frame, int count, string counter)
    {
        await using var engine = TestEngine.Forwarding(TestUpstream.Nobody());
        using var client = await StartAsync(engine.Address);

        await client.SendAsync(Repeat(frame, count));

        Assert.Equal((what, "goaway 0 EnhanceYourCalm"), (what, Assert.Single(await client.ReadToEndAsync())));
        Assert.Equal((what, 1), (what, engine.Observer.Counts.GetValueOrDefault(counter)));
    }

    [Fact]
    public async Task Empty_data_ends_the_connection()
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("ok"));
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = await StartAsync(engine.Address);
        await client.SendHeadersAsync(1, Post, endStream: false);
        await client.SendAsync(Repeat(Frame(FrameType.Data, FrameFlags.None, 1), 10));
        Assert.Equal("goaway 1 EnhanceYourCalm", (await client.ReadToEndAsync())[^1]);
    }

    [Fact]
    public async Task Streams_that_are_opened_to_be_reset_end_the_connection()
    {
        await using var upstream = new TestUpstream(static connection => Task.Delay(Timeout.Infinite, connection.Cancellation));
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = await StartAsync(engine.Address);
        var frames = new List<byte>();
        for (var stream = 1; stream < 4000; stream += 2)
        {
            frames.AddRange(Frame(FrameType.Headers, FrameFlags.EndHeaders | FrameFlags.EndStream, stream, client.Block(Get)));
            frames.AddRange(Frame(FrameType.ResetStream, FrameFlags.None, stream, Number((uint)Http2Error.Cancel)));
        }

        await client.SendAsync([.. frames]);

        Assert.Equal($"goaway {999} EnhanceYourCalm", (await client.ReadToEndAsync())[^1]);
    }

    [Fact]
    public async Task Resets_that_are_provoked_count_like_those_that_are_sent()
    {
        await using var upstream = new TestUpstream(static connection => Task.Delay(Timeout.Infinite, connection.Cancellation));
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = await StartAsync(engine.Address);
        var frames = new List<byte>();
        for (var stream = 1; stream < 4000; stream += 2)
        {
            frames.AddRange(Frame(FrameType.Headers, FrameFlags.EndHeaders, stream, client.Block(Post)));
            frames.AddRange(Frame(FrameType.WindowUpdate, FrameFlags.None, stream, Number(0)));
        }

        await client.SendAsync([.. frames]);

        Assert.EndsWith("EnhanceYourCalm", (await client.ReadToEndAsync())[^1], StringComparison.Ordinal);
    }

    private static byte[] Repeat(byte[] frame, int count) => [.. Enumerable.Repeat(frame, count).SelectMany(bytes => bytes)];
}
