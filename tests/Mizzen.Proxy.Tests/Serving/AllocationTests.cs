using System.Net.Sockets;
using System.Text;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Tests.Serving;

/// <summary>The request path allocates nothing once it is warm.</summary>
public sealed class AllocationTests
{
    private const int Warm = 2000;
    private const int Measured = 5000;

    [Fact]
    public async Task A_kept_connections_request_allocates_nothing()
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("0123456789"));
        await using var engine = new TestEngine();
        engine.Observer.Records = false;
        var header = new HeaderMatchModel("end-user"u8.ToArray(), new StringMatchModel(StringMatchKind.Exact, "jason"u8.ToArray()));
        var changes = new HeaderMutations([new HeaderAddition("x-added"u8.ToArray(), "1"u8.ToArray(), HeaderAppendAction.OverwriteIfExistsOrAdd)], []);
        engine.Publish(
            TestEngine.Routes(
                TestEngine.Route(TestEngine.Forward("none")) with { Match = new RouteMatchModel { Headers = [header] } },
                TestEngine.Route(TestEngine.Forward() with { Timeout = 5000, Retry = new RetryModel { On = RetryOn.ConnectFailure } }) with { RequestHeaders = changes, ResponseHeaders = changes }),
            TestEngine.Cluster("app", upstream.Address));
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(engine.Address, TestContext.Current.CancellationToken);

        await ExchangeAsync(client, Warm);
        var before = await engine.Engine.AllocatedAsync();
        await ExchangeAsync(client, Measured);
        var after = await engine.Engine.AllocatedAsync();

        // The two questions themselves allocate a little; a single object per request would be 24 bytes times the requests.
        Assert.InRange(after - before, 0, Measured);
    }

    private static async Task ExchangeAsync(Socket client, int count)
    {
        var request = Encoding.ASCII.GetBytes("GET /a/path?q=1 HTTP/1.1\r\nhost: test\r\nuser-agent: test\r\naccept: */*\r\ncookie: a=b\r\n\r\n");
        var buffer = new byte[4096];
        for (var i = 0; i < count; i++)
        {
            await client.SendAsync(request, TestContext.Current.CancellationToken);
            var received = 0;
            while (!Encoding.ASCII.GetString(buffer, 0, received).EndsWith("0123456789", StringComparison.Ordinal))
            {
                received += await client.ReceiveAsync(buffer.AsMemory(received), TestContext.Current.CancellationToken);
            }
        }
    }
}
