using System.Net;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Tests.Serving;

/// <summary>.NET's gRPC client and server with the engine between them.</summary>
public sealed class GrpcTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Calls_of_one_connection_are_spread_over_the_endpoints()
    {
        await using var one = await EchoService.StartAsync("one");
        await using var two = await EchoService.StartAsync("two");
        await using var engine = Forwarding(one, two);
        using var channel = GrpcChannel.ForAddress($"http://{engine.Address}");

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(async i => await SayAsync(channel, $"hello {i}")));

        Assert.Equal(20, answers.Count(answer => answer.StartsWith("one: hello", StringComparison.Ordinal)));
        Assert.Equal(20, answers.Count(answer => answer.StartsWith("two: hello", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Streams_of_every_kind_pass()
    {
        await using var app = await EchoService.StartAsync("app");
        await using var engine = Forwarding(app);
        using var channel = GrpcChannel.ForAddress($"http://{engine.Address}");
        var invoker = channel.CreateCallInvoker();

        using var count = invoker.AsyncServerStreamingCall(EchoBase.CountMethod, null, Options(), "500");
        var counted = await count.ResponseStream.ReadAllAsync(Cancel).ToListAsync(Cancel);
        Assert.Equal(Enumerable.Range(1, 500).Select(i => $"{i}"), counted);

        using var sum = invoker.AsyncClientStreamingCall(EchoBase.SumMethod, null, Options());
        for (var i = 0; i < 100; i++)
        {
            await sum.RequestStream.WriteAsync(new string('x', i * 100), Cancel);
        }

        await sum.RequestStream.CompleteAsync();
        Assert.Equal("495000", await sum.ResponseAsync);

        using var chat = invoker.AsyncDuplexStreamingCall(EchoBase.ChatMethod, null, Options());
        for (var i = 0; i < 20; i++)
        {
            await chat.RequestStream.WriteAsync($"{i}", Cancel);
            Assert.True(await chat.ResponseStream.MoveNext(Cancel));
            Assert.Equal($"<{i}>", chat.ResponseStream.Current);
        }

        await chat.RequestStream.CompleteAsync();
        Assert.False(await chat.ResponseStream.MoveNext(Cancel));
        Assert.Equal(StatusCode.OK, chat.GetStatus().StatusCode);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(14)]
    [InlineData(16)]
    public async Task The_servers_status_is_the_clients(int status)
    {
        await using var app = await EchoService.StartAsync("app");
        await using var engine = Forwarding(app);
        using var channel = GrpcChannel.ForAddress($"http://{engine.Address}");

        var error = await Assert.ThrowsAsync<RpcException>(() => SayAsync(channel, $"error {status}"));

        Assert.Equal(((StatusCode)status, "as asked for: 100 %"), (error.StatusCode, error.Status.Detail));
        var record = await engine.OutcomeAsync();
        Assert.Equal((200, ResponseFlags.None), (record.Status, record.Flags));
    }

    [Fact]
    public async Task Answers_of_the_proxy_are_ones_that_gRPC_understands()
    {
        await using var engine = new TestEngine();
        engine.Publish(TestEngine.Routes(TestEngine.Route()), TestEngine.Cluster("app", TestUpstream.Nobody()) with { Protocol = UpstreamProtocol.Http2 });
        using var channel = GrpcChannel.ForAddress($"http://{engine.Address}");

        var error = await Assert.ThrowsAsync<RpcException>(() => SayAsync(channel, "hello"));
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains("remote connection failure", error.Status.Detail, StringComparison.Ordinal);

        engine.Publish(TestEngine.Routes(), TestEngine.Cluster("app", TestUpstream.Nobody()));
        await engine.SettleAsync();
        error = await Assert.ThrowsAsync<RpcException>(() => SayAsync(channel, "hello"));
        Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
    }

    [Theory]
    [InlineData(10_000, 300)]
    [InlineData(300, 0)]
    public async Task A_call_has_no_more_time_than_its_client_and_route_give_it(int clientMilliseconds, int routeMilliseconds)
    {
        await using var app = await EchoService.StartAsync("app");
        await using var engine = new TestEngine();
        engine.Publish(
            TestEngine.Routes(TestEngine.Route(TestEngine.Forward() with { GrpcTimeoutMax = routeMilliseconds })),
            TestEngine.Cluster("app", EndPoint(app)) with { Protocol = UpstreamProtocol.Http2 });
        // The client's own timer must not be the one that ends the call.
        using var client = new SocketsHttpHandler();
        using var invoker = new HttpMessageInvoker(client);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"http://{engine.Address}/test.Echo/Say"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([0, 0, 0, 0, 4, .. "wait"u8]),
        };
        request.Content.Headers.ContentType = new("application/grpc");
        request.Headers.Add("te", "trailers");
        request.Headers.Add("grpc-timeout", $"{clientMilliseconds}m");

        using var response = await invoker.SendAsync(request, Cancel);

        Assert.Equal("4", response.Headers.GetValues("grpc-status").Single());
        Assert.Equal((200, ResponseFlags.DurationTimeout, "max_duration_timeout"), await engine.OutcomeAsync() is var outcome ? (outcome.Status, outcome.Flags, outcome.Details) : default);
    }

    [Fact]
    public async Task A_status_that_the_policy_names_is_tried_again()
    {
        await using var app = await EchoService.StartAsync("app");
        await using var engine = new TestEngine();
        engine.Publish(
            TestEngine.Routes(TestEngine.Route(TestEngine.Forward() with { Retry = new RetryModel { On = RetryOn.GrpcUnavailable, Count = 2 } })),
            TestEngine.Cluster("app", EndPoint(app)) with { Protocol = UpstreamProtocol.Http2 });
        using var channel = GrpcChannel.ForAddress($"http://{engine.Address}");

        await Assert.ThrowsAsync<RpcException>(() => SayAsync(channel, "error 14"));
        Assert.Equal(3, (await engine.OutcomeAsync()).Attempts);
        await Assert.ThrowsAsync<RpcException>(() => SayAsync(channel, "error 13"));
        Assert.Equal(1, (await engine.OutcomeAsync()).Attempts);
    }

    private static TestEngine Forwarding(params WebApplication[] apps)
    {
        var engine = new TestEngine();
        engine.Publish(TestEngine.Routes(TestEngine.Route()), TestEngine.Cluster("app", [.. apps.Select(EndPoint)]) with { Protocol = UpstreamProtocol.Http2 });
        return engine;
    }

    private static IPEndPoint EndPoint(WebApplication app) => IPEndPoint.Parse(new Uri(app.Urls.Single()).Authority);

    private static CallOptions Options() => new(cancellationToken: Cancel);

    private static async Task<string> SayAsync(GrpcChannel channel, string text)
    {
        using var call = channel.CreateCallInvoker().AsyncUnaryCall(EchoBase.SayMethod, null, Options(), text);
        return await call.ResponseAsync;
    }
}
