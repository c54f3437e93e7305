using System.Collections.Frozen;
using System.Text;
using Mizzen.Proxy.Filters;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Tests.Serving;

/// <summary>What routes do: choose, share, rewrite, redirect, answer, change headers, inject faults.</summary>
public sealed class RoutingTests
{
    [Fact]
    public async Task A_header_chooses_the_version()
    {
        await using var first = TestUpstream.Answering((_, _) => TestUpstream.Ok("v1"));
        await using var second = TestUpstream.Answering((_, _) => TestUpstream.Ok("v2"));
        await using var engine = new TestEngine();
        var jason = new HeaderMatchModel("end-user"u8.ToArray(), new StringMatchModel(StringMatchKind.Exact, "jason"u8.ToArray()));
        engine.Publish(
            TestEngine.Routes(
                TestEngine.Route(TestEngine.Forward("v2")) with { Match = new RouteMatchModel { Headers = [jason] } }, TestEngine.Route(TestEngine.Forward("v1"))),
            TestEngine.Cluster("v1", first.Address),
            TestEngine.Cluster("v2", second.Address));

        Assert.Equal("v2", (await engine.GetAsync("/", "end-user: jason\r\n")).Body);
        Assert.Equal("v1", (await engine.GetAsync("/", "end-user: someone\r\n")).Body);
        Assert.Equal("v1", (await engine.GetAsync()).Body);
    }

    [Fact]
    public async Task Weights_share_the_requests()
    {
        await using var first = TestUpstream.Answering((_, _) => TestUpstream.Ok("v1"));
        await using var second = TestUpstream.Answering((_, _) => TestUpstream.Ok("v2"));
        await using var engine = new TestEngine();
        engine.Publish(
            TestEngine.Routes(TestEngine.Route(new RouteActionModel.Forward
            {
                Clusters =
                [
                    new WeightedClusterModel { Cluster = ClusterKey.Of("v1"), Weight = 90 },
                    new WeightedClusterModel { Cluster = ClusterKey.Of("v2"), Weight = 10 },
                ],
            })),
            TestEngine.Cluster("v1", first.Address),
            TestEngine.Cluster("v2", second.Address));
        using var client = await engine.ConnectAsync();
        var answers = new List<string>();
        for (var i = 0; i < 1000; i++)
        {
            await client.SendAsync("GET / HTTP/1.1\r\nhost: test\r\n\r\n");
            answers.Add((await client.ReadResponseAsync()).Body);
        }

        Assert.InRange(answers.Count(answer => answer == "v2"), 50, 160);
    }

    [Theory]
    [InlineData(PathMatchKind.Prefix, "/api", "/", "/api/a?q=1", "//a?q=1")]
    [InlineData(PathMatchKind.Prefix, "/api/", "/", "/api/a?q=1", "/a?q=1")]
    [InlineData(PathMatchKind.SegmentPrefix, "/api", "/", "/api/a", "/a")]
    [InlineData(PathMatchKind.SegmentPrefix, "/api", "/v1", "/api", "/v1")]
    [InlineData(PathMatchKind.Exact, "/api", "/other", "/api?q=1", "/other?q=1")]
    public async Task A_prefix_is_rewritten(int kind, string matched, string replacement, string sent, string received)
    {
        await using var upstream = TestUpstream.Answering((head, _) => TestUpstream.Ok(head.Split(' ')[1]));
        await using var engine = new TestEngine();
        var route = TestEngine.Route(TestEngine.Forward() with { PrefixRewrite = Encoding.ASCII.GetBytes(replacement), HostRewrite = "new"u8.ToArray() });
        engine.Publish(
            TestEngine.Routes(route with { Match = new RouteMatchModel { PathKind = (PathMatchKind)kind, Path = Encoding.ASCII.GetBytes(matched) } }),
            TestEngine.Cluster("app", upstream.Address));

        Assert.Equal(received, (await engine.GetAsync(sent)).Body);
        var head = Assert.Single(upstream.Heads);
        Assert.Contains($"x-envoy-original-path: {sent}\r\n", head, StringComparison.Ordinal);
        Assert.Contains("host: new\r\n", head, StringComparison.Ordinal);
        Assert.DoesNotContain("host: test\r\n", head, StringComparison.Ordinal);
    }

    public static TheoryData<string, int, string> Redirects => new()
    {
        { "https", 301, "https://test/a?q" },
        { "host", 302, "http://other/a?q" },
        { "port", 301, "http://test:8443/a?q" },
        { "path", 301, "http://test/new?q" },
        { "strip", 301, "http://test/a" },
    };

    [Theory]
    [MemberData(nameof(Redirects))]
    public async Task A_redirect_names_the_new_location(string what, int status, string location)
    {
        await using var engine = new TestEngine();
        engine.Publish(TestEngine.Routes(TestEngine.Route(what switch
        {
            "https" => new RouteActionModel.Redirect { HttpsRedirect = true },
            "host" => new RouteActionModel.Redirect { Host = "other"u8.ToArray(), Status = 302 },
            "port" => new RouteActionModel.Redirect { Port = 8443 },
            "path" => new RouteActionModel.Redirect { Path = "/new"u8.ToArray() },
            _ => new RouteActionModel.Redirect { StripQuery = true },
        })));

        var response = await engine.GetAsync("/a?q");

        Assert.Equal((status, location), (response.Status, response["location"]));
        Assert.Equal((status, "direct_response"), await engine.OutcomeAsync() is var outcome ? (outcome.Status, outcome.Details) : default);
    }

    [Fact]
    public async Task A_route_can_answer_itself()
    {
        await using var engine = new TestEngine();
        engine.Publish(TestEngine.Routes(TestEngine.Route(new RouteActionModel.Direct(418, "teapot"u8.ToArray()))));
        using var client = await engine.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 5\r\n\r\n12345GET / HTTP/1.1\r\nhost: test\r\n\r\n");

        for (var i = 0; i < 2; i++)
        {
            var response = await client.ReadResponseAsync();
            Assert.Equal((418, "teapot", "text/plain"), (response.Status, response.Body, response["content-type"]));
        }
    }

    [Fact]
    public async Task Headers_are_added_replaced_and_removed()
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("ok", "x-old: 1\r\nx-drop: 1\r\n"));
        await using var engine = new TestEngine();
        var requests = new HeaderMutations(
            [
                Add("x-added", "1"),
                Add("x-set", "new", HeaderAppendAction.OverwriteIfExistsOrAdd),
                Add("x-absent", "new", HeaderAppendAction.AddIfAbsent),
                Add("x-present", "new", HeaderAppendAction.OverwriteIfExists),
                Add("x-client", "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% wanted %REQ(:path)% at 100%%"),
                Add("x-nothing", "%REQ(x-missing)%"),
            ],
            ["x-secret"u8.ToArray()]);
        var responses = new HeaderMutations([Add("x-old", "2"), Add("x-code", "%RESPONSE_CODE%")], ["x-drop"u8.ToArray()]);
        engine.Publish(
            TestEngine.Routes(TestEngine.Route() with { RequestHeaders = requests, ResponseHeaders = responses }), TestEngine.Cluster("app", upstream.Address));

        var response = await engine.GetAsync("/p", "x-set: old\r\nx-absent: old\r\nx-secret: 1\r\n");

        Assert.Equal(("1,2", "200", null), (response["x-old"], response["x-code"], response["x-drop"]));
        var fields = Assert.Single(upstream.Heads).Split("\r\n").Where(line => line.StartsWith("x-", StringComparison.Ordinal))
            .Where(line => !line.StartsWith("x-envoy", StringComparison.Ordinal) && !line.StartsWith("x-request-id", StringComparison.Ordinal));
        Assert.Equal(
            ["x-absent: old", "x-added: 1", "x-client: 127.0.0.1 wanted /p at 100%", "x-forwarded-proto: http", "x-set: new"],
            fields.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_share_of_the_requests_is_aborted()
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("ok"));
        await using var engine = new TestEngine();
        engine.Publish(
            Faulty(new FaultModel { AbortStatus = 500, AbortPerMillion = 500_000 }, TestEngine.Route()),
            TestEngine.Cluster("app", upstream.Address));
        using var client = await engine.ConnectAsync();
        var aborted = 0;
        for (var i = 0; i < 400; i++)
        {
            await client.SendAsync("GET / HTTP/1.1\r\nhost: test\r\n\r\n");
            var response = await client.ReadResponseAsync();
            var outcome = await engine.OutcomeAsync();
            Assert.Equal(response.Status == 500 ? ResponseFlags.FaultInjected : ResponseFlags.None, outcome.Flags);
            Assert.Equal(response.Status == 500 ? "fault filter abort" : "ok", response.Body);
            aborted += response.Status == 500 ? 1 : 0;
        }

        Assert.InRange(aborted, 140, 260);
        Assert.Equal(400 - aborted, upstream.Heads.Count);
    }

    [Fact]
    public async Task A_delay_holds_the_request_up_but_not_against_its_timeout()
    {
        await using var upstream = TestUpstream.Answering((_, body) => TestUpstream.Ok(body));
        await using var engine = new TestEngine();
        var route = TestEngine.Route(TestEngine.Forward() with { Timeout = 300 });
        engine.Publish(
            Faulty(new FaultModel { Delay = 500, DelayPerMillion = 1_000_000 }, route), TestEngine.Cluster("app", upstream.Address));
        using var client = await engine.ConnectAsync();
        var start = TimeProvider.System.GetTimestamp();

        await client.SendAsync("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 5\r\n\r\nhello");
        var response = await client.ReadResponseAsync();

        Assert.Equal((200, "hello"), (response.Status, response.Body));
        Assert.True(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds >= 450);
        Assert.Equal(ResponseFlags.DelayInjected, (await engine.OutcomeAsync()).Flags);
    }

    [Fact]
    public async Task A_client_may_leave_during_a_delay()
    {
        await using var upstream = TestUpstream.Answering((_, body) => TestUpstream.Ok(body));
        await using var engine = new TestEngine();
        engine.Publish(
            Faulty(new FaultModel { Delay = 60_000, DelayPerMillion = 1_000_000 }, TestEngine.Route()),
            TestEngine.Cluster("app", upstream.Address));
        using (var client = await engine.ConnectAsync())
        {
            await client.SendAsync("GET / HTTP/1.1\r\nhost: test\r\n\r\n");
        }

        Assert.Equal(
            ResponseFlags.DelayInjected | ResponseFlags.DownstreamConnectionTermination, (await engine.OutcomeAsync()).Flags);
        Assert.Empty(upstream.Heads);
    }

    [Fact]
    public async Task The_most_specific_fault_replaces_the_others()
    {
        await using var engine = new TestEngine();
        var listener = new HttpFilterModel("fault", new FaultModel { AbortStatus = 500, AbortPerMillion = 1_000_000 });
        engine.Publish(Faulty(new FaultModel { AbortStatus = 418, AbortPerMillion = 1_000_000 }, TestEngine.Route()) with { Filters = [listener] });

        Assert.Equal(418, (await engine.GetAsync()).Status);
    }

    [Fact]
    public async Task Peers_exchange_metadata_and_the_application_sees_none_of_it()
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("ok", "x-envoy-peer-metadata: fake\r\n"));
        await using var server = new TestEngine(identity: new PeerIdentity("server"u8.ToArray(), "U0VSVkVS"u8.ToArray()));
        server.Publish(new HttpModel { Routes = TestEngine.Routes(TestEngine.Route()), ReceivesPeerMetadata = true }, TestEngine.Cluster("app", upstream.Address));
        await using var client = new TestEngine(identity: new PeerIdentity("client"u8.ToArray(), "Q0xJRU5U"u8.ToArray()));
        var cluster = TestEngine.Cluster("server") with { Endpoints = [new EndpointModel { Address = server.Address, Workload = "server;default;server;;Kubernetes" }] };
        client.Publish(new HttpModel { Routes = TestEngine.Routes(TestEngine.Route(TestEngine.Forward("server"))), SendsPeerMetadata = true }, cluster);

        var response = await client.GetAsync("/", "x-envoy-peer-metadata: forged\r\n");

        Assert.Null(response["x-envoy-peer-metadata"]);
        Assert.DoesNotContain("x-envoy-peer", Assert.Single(upstream.Heads), StringComparison.Ordinal);
        Assert.Equal("Q0xJRU5U", (await server.OutcomeAsync()).Peer);
        Assert.Equal("U0VSVkVS", (await client.OutcomeAsync()).Peer);
    }

    [Fact]
    public async Task Metadata_is_not_told_to_strangers()
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("ok"));
        await using var engine = new TestEngine(identity: new PeerIdentity("client"u8.ToArray(), "Q0xJRU5U"u8.ToArray()));
        engine.Publish(new HttpModel { Routes = TestEngine.Routes(TestEngine.Route()), SendsPeerMetadata = true }, TestEngine.Cluster("app", upstream.Address));

        _ = await engine.GetAsync();

        Assert.DoesNotContain("x-envoy-peer", Assert.Single(upstream.Heads), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "127.0.0.1")]
    [InlineData("x-forwarded-for: 9.9.9.9\r\n", "9.9.9.9,127.0.0.1")]
    public async Task A_gateway_notes_whom_it_serves(string fields, string forwardedFor)
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("ok"));
        await using var engine = new TestEngine();
        engine.Publish(new HttpModel { Routes = TestEngine.Routes(TestEngine.Route()), UseRemoteAddress = true }, TestEngine.Cluster("app", upstream.Address));

        _ = await engine.GetAsync("/", fields + "x-request-id: mine\r\nx-forwarded-proto: https\r\n");

        var head = Assert.Single(upstream.Heads);
        Assert.Contains($"x-forwarded-for: {forwardedFor}\r\n", head, StringComparison.Ordinal);
        Assert.Contains("x-forwarded-proto: http\r\n", head, StringComparison.Ordinal);
        Assert.Contains("x-request-id: mine\r\n", head, StringComparison.Ordinal);
        Assert.Contains("x-envoy-internal: true\r\n", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Circuit_limits_count_over_all_loops()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = new TestUpstream(async connection =>
        {
            while (await connection.ReadRequestAsync() is not null)
            {
                await release.Task;
                await connection.SendAsync(TestUpstream.Ok("ok"));
            }
        });
        await using var engine = new TestEngine(loops: 2);
        engine.Publish(
            TestEngine.Routes(TestEngine.Route()),
            TestEngine.Cluster("app", upstream.Address) with { Limits = new CircuitLimits(uint.MaxValue, uint.MaxValue, 3, uint.MaxValue) });

        var requests = Enumerable.Range(0, 20).Select(_ => engine.GetAsync()).ToList();
        var refused = 0;
        while (refused < 17)
        {
            var done = await Task.WhenAny(requests);
            requests.Remove(done);
            var response = await done;
            Assert.Equal((503, "true"), (response.Status, response["x-envoy-overloaded"]));
            Assert.EndsWith("reset reason: overflow", response.Body, StringComparison.Ordinal);
            refused++;
        }

        release.SetResult();
        Assert.All(await Task.WhenAll(requests), response => Assert.Equal(200, response.Status));
    }

    [Fact]
    public async Task An_endpoint_that_keeps_failing_is_left_out()
    {
        await using var bad = TestUpstream.Answering((_, _) => "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n");
        await using var good = TestUpstream.Answering((_, _) => TestUpstream.Ok("ok"));
        await using var engine = new TestEngine();
        engine.Publish(
            TestEngine.Routes(TestEngine.Route()),
            TestEngine.Cluster("app", bad.Address, good.Address) with { Outlier = new OutlierModel { ConsecutiveServerErrors = 3 }, PanicThreshold = 0 });
        for (var i = 0; i < 40; i++)
        {
            _ = await engine.GetAsync();
        }

        Assert.Equal(3, bad.Heads.Count);
        Assert.Equal(37, good.Heads.Count);
    }

    private static HeaderAddition Add(string name, string value, HeaderAppendAction action = HeaderAppendAction.AppendIfExistsOrAdd) =>
        new(Encoding.ASCII.GetBytes(name), Encoding.ASCII.GetBytes(value), action, value.Contains('%', StringComparison.Ordinal));

    private static HttpModel Faulty(FaultModel fault, RouteModel route) => new()
    {
        Filters = [new HttpFilterModel("fault", new FaultModel())],
        Routes = TestEngine.Routes(route with
        {
            Filters = new Dictionary<string, FilterOverride> { ["fault"] = new(fault) }.ToFrozenDictionary(),
        }),
    };
}
