using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Grpc.Net.Client;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Tests.Tls;

namespace Mizzen.Proxy.Tests.Serving;

/// <summary>What a warm loop allocates, against the budgets of <c>allocation-budgets.txt</c>.</summary>
public sealed class AllocationTests : IDisposable
{
    private const int Warm = 1500;
    private const int Measured = 4000;

    private readonly TestCertificates _certificates = new();

    public static TheoryData<string, int> Budgets()
    {
        var lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Serving", "allocation-budgets.txt")).Where(line => !line.StartsWith('#'));
        return [.. lines.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(words => (words[0], int.Parse(words[1], CultureInfo.InvariantCulture)))];
    }

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [MemberData(nameof(Budgets))]
    public Task No_more_is_allocated_than_the_budget_says(string kind, int bytes) => kind switch
    {
        "http1" => Http1Async(bytes),
        "http1-tls" => Http1TlsAsync(bytes),
        "http2-to-http1" => Http2Async(bytes),
        "grpc" => GrpcAsync(bytes),
        "tcp" => TcpAsync(bytes),
        "direct-response" => DirectAsync(bytes),
        _ => throw new InvalidOperationException($"nothing is measured for the budget of {kind}"),
    };

    private static async Task Http1Async(int budget)
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("0123456789"));
        await using var engine = new TestEngine();
        var header = new HeaderMatchModel("end-user"u8.ToArray(), new StringMatchModel(StringMatchKind.Exact, "jason"u8.ToArray()));
        var changes = new HeaderMutations([new HeaderAddition("x-added"u8.ToArray(), "1"u8.ToArray(), HeaderAppendAction.OverwriteIfExistsOrAdd)], []);
        engine.Publish(
            TestEngine.Routes(
                TestEngine.Route(TestEngine.Forward("none")) with { Match = new RouteMatchModel { Headers = [header] } },
                TestEngine.Route(TestEngine.Forward() with { Timeout = 5000, Retry = new RetryModel { On = RetryOn.ConnectFailure } }) with { RequestHeaders = changes, ResponseHeaders = changes }),
            TestEngine.Cluster("app", upstream.Address));
        using var client = await ConnectAsync(engine);
        await HoldsAsync(engine, budget, () => AskAsync(client));
    }

    private async Task Http1TlsAsync(int budget)
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("0123456789"));
        await using var engine = new TestEngine();
        var http = new HttpModel { Routes = TestEngine.Routes(TestEngine.Route()) };
        var chain = new FilterChainModel { Http = http, Tls = _certificates.Server(_certificates.Host("test")) };
        engine.Publish([TestEngine.Listener(chain)], TestEngine.Cluster("app", upstream.Address));
        using var client = await TlsClient.ConnectAsync(engine.Address, _certificates);
        await HoldsAsync(engine, budget, async () =>
        {
            await client.SendAsync("GET / HTTP/1.1\r\nhost: test\r\n\r\n");
            _ = await client.ReadResponseAsync(10);
        });
    }

    private static async Task Http2Async(int budget)
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("0123456789"));
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = new HttpClient { BaseAddress = new Uri($"http://{engine.Address}"), DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        await HoldsAsync(engine, budget, async () => Assert.Equal("0123456789", await client.GetStringAsync(new Uri("/", UriKind.Relative), Cancel)));
    }

    private static async Task GrpcAsync(int budget)
    {
        await using var app = await EchoService.StartAsync("app");
        await using var engine = new TestEngine();
        engine.Publish(TestEngine.Routes(TestEngine.Route()), TestEngine.Cluster("app", IPEndPoint.Parse(new Uri(app.Urls.Single()).Authority)) with { Protocol = UpstreamProtocol.Http2 });
        using var channel = GrpcChannel.ForAddress($"http://{engine.Address}");
        var invoker = channel.CreateCallInvoker();
        await HoldsAsync(engine, budget, async () => Assert.Equal("app: hello", await invoker.AsyncUnaryCall(EchoBase.SayMethod, null, new(cancellationToken: Cancel), "hello")));
    }

    private static async Task TcpAsync(int budget)
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("0123456789"));
        await using var engine = new TestEngine();
        var cluster = TestEngine.Cluster("app", upstream.Address);
        engine.Publish([TestEngine.Listener(new FilterChainModel { Tcp = new TcpModel { Clusters = [new WeightedClusterModel { Cluster = cluster.Key }] } })], cluster);
        using var client = await ConnectAsync(engine);
        await HoldsAsync(engine, budget, () => AskAsync(client));
    }

    private static async Task DirectAsync(int budget)
    {
        await using var engine = new TestEngine();
        engine.Publish(TestEngine.Routes(TestEngine.Route(new RouteActionModel.Direct(200, "0123456789"u8.ToArray()))));
        using var client = await ConnectAsync(engine);
        await HoldsAsync(engine, budget, () => AskAsync(client));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task HoldsAsync(TestEngine engine, int budget, Func<Task> request)
    {
        engine.Observer.Records = false;
        for (var i = 0; i < Warm; i++)
        {
            await request();
        }

        var before = await engine.Engine.AllocatedAsync();
        for (var i = 0; i < Measured; i++)
        {
            await request();
        }

        // The two questions themselves allocate a little; a single object per request would be 24 bytes times the requests.
        var each = (await engine.Engine.AllocatedAsync() - before) / (double)Measured;
        Assert.InRange(each, 0, budget + 1);
    }

    private static async Task<Socket> ConnectAsync(TestEngine engine)
    {
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(engine.Address, Cancel);
        return client;
    }

    private static async Task AskAsync(Socket client)
    {
        await client.SendAsync("GET /a/path?q=1 HTTP/1.1\r\nhost: test\r\nuser-agent: test\r\naccept: */*\r\ncookie: a=b\r\n\r\n"u8.ToArray(), Cancel);
        var buffer = new byte[4096];
        var received = 0;
        while (!buffer.AsSpan(0, received).EndsWith("0123456789"u8))
        {
            received += await client.ReceiveAsync(buffer.AsMemory(received), Cancel);
        }
    }
}
