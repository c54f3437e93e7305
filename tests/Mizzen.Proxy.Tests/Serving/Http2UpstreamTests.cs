using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Mizzen.Proxy.Http2;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Tests.Http2;

namespace Mizzen.Proxy.Tests.Serving;

/// <summary>HTTP/2 to upstreams: Kestrel as a well-behaved one, scripted frames for the others.</summary>
public sealed class Http2UpstreamTests
{
    private const string Ok = ":status: 200|content-length: 2";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Requests_pass_from_either_version(bool http2)
    {
        await using var app = await KestrelAsync();
        await using var engine = Forwarding(app.Urls.Single());
        using var client = Client(http2);
        var text = new string('x', 700_000);

        var answers = await Task.WhenAll(Enumerable.Range(1, 49).Select(async i =>
        {
            using var content = new StringContent(text[..(i * i * 280)], Encoding.ASCII);
            using var response = await client.PostAsync(new Uri($"http://{engine.Address}/echo?{i}"), content, Cancel);
            var body = await response.Content.ReadAsStringAsync(Cancel);
            return (response.Headers.GetValues("x-protocol").Single(), body.Length, response.TrailingHeaders.TryGetValues("x-sum", out var sum) ? sum.Single() : "");
        }));

        Assert.Equal(Enumerable.Range(1, 49).Select(i => ("HTTP/2", i * i * 280, $"{i * i * 280}")), answers);
    }

    [Fact]
    public async Task A_cluster_may_follow_its_clients()
    {
        await using var app = await KestrelAsync(HttpProtocols.Http1);
        await using var app2 = await KestrelAsync();
        await using var engine = new TestEngine();
        engine.Publish(
            TestEngine.Routes(TestEngine.Route(TestEngine.Forward("one"), "/one"), TestEngine.Route(TestEngine.Forward("two"), "/two")),
            TestEngine.Cluster("one", EndPoint(app.Urls.Single())) with { Protocol = UpstreamProtocol.AsDownstream },
            TestEngine.Cluster("two", EndPoint(app2.Urls.Single())) with { Protocol = UpstreamProtocol.AsDownstream });
        using var client = Client(http2: false);
        using var client2 = Client(http2: true);

        using var response = await client.GetAsync(new Uri($"http://{engine.Address}/one"), Cancel);
        using var response2 = await client2.GetAsync(new Uri($"http://{engine.Address}/two"), Cancel);

        Assert.Equal(("HTTP/1.1", "HTTP/2"), (response.Headers.GetValues("x-protocol").Single(), response2.Headers.GetValues("x-protocol").Single()));
    }

    [Fact]
    public async Task Requests_that_the_server_has_not_begun_with_go_elsewhere()
    {
        await using var server = new FrameServer(async (connection, number) =>
        {
            while (true)
            {
                var request = await connection.ReadAsync(FrameType.Headers);
                if (number == 1)
                {
                    await connection.SendAsync(FrameType.GoAway, FrameFlags.None, 0, new byte[8]);
                    _ = await connection.ReadToEndAsync();
                    return;
                }

                await connection.SendHeadersAsync(request.Header.Stream, Ok, endStream: false);
                await connection.SendDataAsync(request.Header.Stream, "ok");
            }
        });
        await using var engine = Forwarding($"http://{server.Address}");

        Assert.Equal("ok", (await engine.GetAsync()).Body);
        Assert.Equal(2, server.Connections);
    }

    [Theory]
    [InlineData(Http2Error.RefusedStream, RetryOn.RefusedStream, 200)]
    [InlineData(Http2Error.Internal, RetryOn.Reset, 200)]
    [InlineData(Http2Error.Internal, RetryOn.RefusedStream, 503)]
    [InlineData(Http2Error.Internal, RetryOn.None, 503)]
    public async Task Reset_streams_are_tried_again_as_the_policy_says(object error, object on, int status)
    {
        var resets = 0;
        await using var server = new FrameServer(async (connection, number) =>
        {
            while (true)
            {
                var request = await connection.ReadAsync(FrameType.Headers);
                if (resets++ < 1)
                {
                    await connection.SendAsync(FrameType.ResetStream, FrameFlags.None, request.Header.Stream, FrameClient.Number((uint)(Http2Error)error));
                    continue;
                }

                await connection.SendHeadersAsync(request.Header.Stream, Ok, endStream: false);
                await connection.SendDataAsync(request.Header.Stream, "ok");
            }
        });
        await using var engine = new TestEngine();
        engine.Publish(
            TestEngine.Routes(TestEngine.Route(TestEngine.Forward() with { Retry = new RetryModel { On = (RetryOn)on } })),
            TestEngine.Cluster("app", server.Address) with { Protocol = UpstreamProtocol.Http2 });
        using var client = await engine.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc");

        Assert.Equal(status, (await client.ReadResponseAsync()).Status);
        var outcome = await engine.OutcomeAsync();
        Assert.Equal(status == 200 ? ResponseFlags.None : ResponseFlags.UpstreamRemoteReset, outcome.Flags);
        Assert.Equal(1, server.Connections);
    }

    [Theory]
    [InlineData("no status", "x: y")]
    [InlineData("a status of HTTP/1.1", ":status: 101")]
    [InlineData("a status that is no number", ":status: abc")]
    [InlineData("a field of the connection", ":status: 200|connection: close")]
    [InlineData("an upper-case name", ":status: 200|X-Upper: a")]
    [InlineData("a line end in a value", ":status: 200|a: b\r\nc: d")]
    public async Task A_malformed_response_is_a_bad_gateway(string what, string fields)
    {
        await using var server = new FrameServer(async (connection, number) =>
        {
            var request = await connection.ReadAsync(FrameType.Headers);
            await connection.SendHeadersAsync(request.Header.Stream, fields);
            _ = await connection.ReadToEndAsync();
        });
        await using var engine = Forwarding($"http://{server.Address}");

        Assert.Equal((what, 502), (what, (await engine.GetAsync()).Status));
        Assert.Equal(ResponseFlags.UpstreamProtocolError, (await engine.OutcomeAsync()).Flags);
    }

    [Fact]
    public async Task A_server_that_takes_few_streams_gets_more_connections()
    {
        var waiting = 0;
        var allWait = new TaskCompletionSource();
        await using var server = new FrameServer(async (connection, number) =>
        {
            await connection.SendSettingsAsync((SettingId.MaxConcurrentStreams, 1));
            var request = await connection.ReadAsync(FrameType.Headers);
            _ = await connection.ReadAsync(FrameType.Settings);
            if (Interlocked.Increment(ref waiting) == 3)
            {
                allWait.SetResult();
            }

            await allWait.Task.WaitAsync(Cancel);
            await connection.SendHeadersAsync(request.Header.Stream, ":status: 204");
            _ = await connection.ReadToEndAsync();
        });
        await using var engine = new TestEngine();
        engine.Publish(
            TestEngine.Routes(TestEngine.Route()),
            TestEngine.Cluster("app", server.Address) with { Protocol = UpstreamProtocol.Http2, Http2 = new Http2Model { MaxConcurrentStreams = 1 } });

        var statuses = await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ => (await engine.GetAsync()).Status));

        Assert.Equal([204, 204, 204], statuses);
        Assert.Equal(3, server.Connections);
    }

    [Fact]
    public async Task A_client_that_leaves_cancels_its_stream()
    {
        var arrived = new TaskCompletionSource();
        var reset = new TaskCompletionSource<Http2Error>();
        await using var server = new FrameServer(async (connection, number) =>
        {
            _ = await connection.ReadAsync(FrameType.Headers);
            arrived.SetResult();
            reset.SetResult((await connection.ReadAsync(FrameType.ResetStream)).Error);
        });
        await using var engine = Forwarding($"http://{server.Address}");
        using (var client = await engine.ConnectAsync())
        {
            await client.SendAsync("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
            await arrived.Task.WaitAsync(Cancel);
        }

        Assert.Equal(Http2Error.Cancel, await reset.Task.WaitAsync(Cancel));
    }

    private static TestEngine Forwarding(string address)
    {
        var engine = new TestEngine();
        engine.Publish(TestEngine.Routes(TestEngine.Route()), TestEngine.Cluster("app", EndPoint(address)) with { Protocol = UpstreamProtocol.Http2 });
        return engine;
    }

    private static IPEndPoint EndPoint(string url) => IPEndPoint.Parse(new Uri(url).Authority);

    private static HttpClient Client(bool http2) => new()
    {
        DefaultRequestVersion = http2 ? HttpVersion.Version20 : HttpVersion.Version11,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    /// <summary>A server that tells its protocol and the sum of what it echoes.</summary>
    private static async Task<WebApplication> KestrelAsync(HttpProtocols protocols = HttpProtocols.Http2)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocols));
        var app = builder.Build();
        app.Run(async context =>
        {
            context.Response.Headers["x-protocol"] = context.Request.Protocol;
            // Read first, then answered: .NET's client reads no response before it has sent its whole request.
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            await context.Response.Body.WriteAsync(body.GetBuffer().AsMemory(0, (int)body.Length), context.RequestAborted);
            if (context.Features.Get<IHttpResponseTrailersFeature>() is { } trailers)
            {
                trailers.Trailers["x-sum"] = $"{body.Length}";
            }
        });
        await app.StartAsync(Cancel);
        return app;
    }
}
