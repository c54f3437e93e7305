using System.Net;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Mizzen.Proxy.Runtime;
using Mizzen.Testing;

namespace Mizzen.Proxy.Tests.Serving;

/// <summary>Active health checks through real sockets: who is not well gets no requests.</summary>
public sealed class HealthCheckTests
{
    private static readonly HealthQuestionModel.Http Healthz = new("GET"u8.ToArray(), "/healthz"u8.ToArray(), "app.test");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_answers_badly_gets_no_requests_until_it_has_recovered()
    {
        var status = 503;
        await using var well = App("well", () => 200);
        await using var ill = App("ill", () => Volatile.Read(ref status));
        await using var engine = Checking(Healthz, well.Address, ill.Address);

        await AnswersComeFromAsync(engine, "well");
        Assert.True(engine.Engine.VerdictOf(ClusterKey.Of("app"), ill.Address).FailsChecks);
        Volatile.Write(ref status, 200);
        await AnswersComeFromAsync(engine, "ill", "well");
        Assert.Equal(default, engine.Engine.VerdictOf(ClusterKey.Of("app"), ill.Address));
        Volatile.Write(ref status, 500);
        await AnswersComeFromAsync(engine, "well");

        Assert.StartsWith("GET /healthz HTTP/1.1\r\nhost: app.test\r\nuser-agent: Envoy/HC\r\n", well.Heads.First(IsCheck), StringComparison.Ordinal);
        Assert.True(engine.Observer.Counts["cluster.app.health_check.failure"] >= 2);
        Assert.Equal(1, engine.Observer.Counts["cluster.app.health_check.healthy"]);
    }

    [Fact]
    public async Task Statuses_that_are_named_count_until_the_threshold()
    {
        var checks = 0;
        await using var app = TestUpstream.Answering((head, _) => IsCheck(head) && Interlocked.Increment(ref checks) is > 1 and <= 4
            ? "HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n"
            : TestUpstream.Ok("app"));
        await using var other = App("other", () => 200);
        await using var engine = new TestEngine();
        var question = Healthz with { Retriable = [new StatusRange(503, 504)] };
        engine.Publish(TestEngine.Routes(TestEngine.Route()), Cluster(Check(question) with { UnhealthyThreshold = 4 }, app.Address, other.Address));

        await AnswersComeFromAsync(engine, "app", "other");
        await Eventually.HoldsAsync(() => Volatile.Read(ref checks) > 6, "three failures in a row are behind", Cancel);
        Assert.Equal(2, engine.Observer.Counts["cluster.app.health_check.healthy"]);
        Assert.True(engine.Observer.Counts["cluster.app.health_check.failure"] >= 3);
    }

    [Fact]
    public async Task Health_is_ignored_when_too_few_are_well()
    {
        await using var one = App("one", () => 503);
        await using var two = App("two", () => 503);
        await using var engine = Checking(Healthz, one.Address, two.Address);
        await Eventually.HoldsAsync(() => engine.Observer.Counts.GetValueOrDefault("cluster.app.health_check.failure") >= 2, "both are asked", Cancel);
        await AnswersComeFromAsync(engine, "one", "two");

        engine.Publish(TestEngine.Routes(TestEngine.Route()), Cluster(Check(Healthz), one.Address, two.Address) with { PanicThreshold = 0 });
        Assert.Equal(503, (await engine.GetAsync()).Status);
    }

    [Fact]
    public async Task An_answer_that_does_not_come_in_time_is_none()
    {
        await using var silent = new TestUpstream(async connection =>
        {
            while (await connection.ReadRequestAsync() is { } request)
            {
                if (!IsCheck(request.Head))
                {
                    await connection.SendAsync(TestUpstream.Ok("silent"));
                }
            }
        });
        await using var app = App("app", () => 200);
        await using var engine = new TestEngine();
        engine.Publish(TestEngine.Routes(TestEngine.Route()), Cluster(Check(Healthz) with { Timeout = 50 }, silent.Address, app.Address));

        await AnswersComeFromAsync(engine, "app");
        await Eventually.HoldsAsync(() => engine.Observer.Counts.GetValueOrDefault("cluster.app.health_check.network_failure") >= 2, "it is asked again", Cancel);
    }

    [Fact]
    public async Task A_connection_and_its_bytes_can_be_the_answer()
    {
        await using var app = App("app", () => 200);
        await using var dumb = new TestUpstream(async connection =>
        {
            await connection.ReadAsync(4);
            await connection.SendAsync("what?");
        });
        await using var engine = Checking(new HealthQuestionModel.Tcp("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"u8.ToArray(), ["200"u8.ToArray()]), app.Address, dumb.Address);
        await AnswersComeFromAsync(engine, "app");

        await using var connecting = Checking(new HealthQuestionModel.Tcp([], []), app.Address, TestUpstream.Nobody());
        await AnswersComeFromAsync(connecting, "app");
    }

    [Fact]
    public async Task gRPC_without_a_health_service_is_not_well()
    {
        await using var grpc = await EchoService.StartAsync("app");
        await using var engine = new TestEngine();
        var address = IPEndPoint.Parse(new Uri(grpc.Urls.Single()).Authority);
        engine.Publish(
            TestEngine.Routes(TestEngine.Route()),
            Cluster(Check(new HealthQuestionModel.Grpc("", "app")), address) with { Protocol = UpstreamProtocol.Http2, PanicThreshold = 0 });

        await Eventually.HoldsAsync(() => engine.Observer.Counts.GetValueOrDefault("cluster.app.health_check.failure") >= 2, "it is asked", Cancel);
        Assert.False(engine.Observer.Counts.ContainsKey("cluster.app.health_check.network_failure"));
        using var channel = GrpcChannel.ForAddress($"http://{engine.Address}");
        var error = await Assert.ThrowsAsync<RpcException>(async () =>
            await channel.CreateCallInvoker().AsyncUnaryCall(EchoBase.SayMethod, null, new CallOptions(cancellationToken: Cancel), "hello"));
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
    }

    [Fact]
    public async Task gRPCs_health_protocol_is_spoken()
    {
        var serving = (byte)1;
        var asked = "";
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        await using var app = builder.Build();
        app.MapPost("/grpc.health.v1.Health/Check", async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            Volatile.Write(ref asked, $"{context.Request.ContentType} {Convert.ToHexString(body.ToArray())}");
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.WriteAsync(new byte[] { 0, 0, 0, 0, 2, 8, Volatile.Read(ref serving) }, context.RequestAborted);
            context.Response.AppendTrailer("grpc-status", "0");
        });
        await app.StartAsync(Cancel);
        await using var engine = new TestEngine();
        engine.Publish(
            TestEngine.Routes(TestEngine.Route()),
            Cluster(Check(new HealthQuestionModel.Grpc("web", "app")), IPEndPoint.Parse(new Uri(app.Urls.Single()).Authority)));

        await Eventually.HoldsAsync(() => engine.Observer.Counts.GetValueOrDefault("cluster.app.health_check.healthy") == 1, "it is well", Cancel);
        Assert.Equal("application/grpc 00000000050A03776562", Volatile.Read(ref asked));
        Volatile.Write(ref serving, 2);
        await Eventually.HoldsAsync(() => engine.Observer.Counts.GetValueOrDefault("cluster.app.health_check.healthy") == 0, "it is not", Cancel);
    }

    [Fact]
    public async Task Checks_end_with_the_configuration_that_wants_them()
    {
        await using var app = App("app", () => 503);
        await using var engine = new TestEngine();
        engine.Publish(TestEngine.Routes(TestEngine.Route()), Cluster(Check(Healthz), app.Address) with { PanicThreshold = 0 });
        await Eventually.HoldsAsync(() => app.Heads.Any(IsCheck), "it is asked", Cancel);
        Assert.Equal(503, (await engine.GetAsync()).Status);

        engine.Publish(TestEngine.Routes(TestEngine.Route()), TestEngine.Cluster("app", app.Address) with { PanicThreshold = 0 });
        Assert.Equal("app", (await engine.GetAsync()).Body);
    }

    private static bool IsCheck(string head) => head.StartsWith("GET /healthz ", StringComparison.Ordinal);

    private static HealthCheckModel Check(HealthQuestionModel question) => new()
    {
        Question = question,
        Counters = new HealthCounters("app"),
        Interval = 10,
        UnhealthyInterval = 10,
        UnhealthyEdgeInterval = 10,
        HealthyEdgeInterval = 10,
    };

    private static ClusterModel Cluster(HealthCheckModel check, params IPEndPoint[] endpoints) => TestEngine.Cluster("app", endpoints) with { HealthCheck = check };

    private static TestEngine Checking(HealthQuestionModel question, params IPEndPoint[] endpoints)
    {
        var engine = new TestEngine();
        engine.Publish(TestEngine.Routes(TestEngine.Route()), Cluster(Check(question), endpoints));
        return engine;
    }

    /// <summary>A server that answers checks with a status and everything else with its name.</summary>
    private static TestUpstream App(string name, Func<int> status) => TestUpstream.Answering((head, _) =>
        IsCheck(head) ? $"HTTP/1.1 {status()} X\r\ncontent-length: 0\r\n\r\n" : TestUpstream.Ok(name));

    /// <summary>Of ten requests in a row all are answered by these, each at least once.</summary>
    private static Task AnswersComeFromAsync(TestEngine engine, params string[] names) => Eventually.HoldsAsync(
        async () =>
        {
            var answers = new SortedSet<string>(StringComparer.Ordinal);
            for (var i = 0; i < 10; i++)
            {
                answers.Add((await engine.GetAsync()).Body);
            }

            return answers.SetEquals(names);
        },
        $"answers come from {string.Join(" and ", names)}",
        Cancel);
}
