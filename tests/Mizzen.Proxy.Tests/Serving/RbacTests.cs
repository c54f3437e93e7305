using System.Collections.Frozen;
using System.Net.Sockets;
using System.Text;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;
using Mizzen.Testing;

namespace Mizzen.Proxy.Tests.Serving;

/// <summary>Access control through real sockets.</summary>
public sealed class RbacTests
{
    private static readonly RbacCondition Everyone = new RbacCondition.Any();

    [Fact]
    public async Task A_request_that_a_policy_denies_is_answered_403_and_says_which()
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("ok"));
        await using var engine = new TestEngine();
        engine.Publish(Guarded(new RbacModel { Rules = Rules(RbacAction.Deny, "/admin") }), TestEngine.Cluster("app", upstream.Address));

        var refused = await engine.GetAsync("/admin");
        var outcome = await engine.OutcomeAsync();
        var served = await engine.GetAsync("/");

        Assert.Equal((403, "RBAC: access denied"), (refused.Status, refused.Body));
        Assert.Equal("rbac_access_denied_matched_policy[ns[default]-policy[p]-rule[0]]", outcome.Details);
        Assert.Equal(ResponseFlags.None, outcome.Flags);
        Assert.Equal("ok", served.Body);
        Assert.Equal((1, 1), (engine.Observer.Counts["http.in.rbac.denied"], engine.Observer.Counts["http.in.rbac.allowed"]));
    }

    [Fact]
    public async Task What_no_policy_allows_is_refused()
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("ok"));
        await using var engine = new TestEngine();
        engine.Publish(Guarded(new RbacModel { Rules = Rules(RbacAction.Allow, "/public") }), TestEngine.Cluster("app", upstream.Address));

        Assert.Equal(200, (await engine.GetAsync("/public/a")).Status);
        Assert.Equal("via_upstream", (await engine.OutcomeAsync()).Details);
        Assert.Equal(403, (await engine.GetAsync("/private")).Status);
        Assert.Equal("rbac_access_denied_matched_policy[none]", (await engine.OutcomeAsync()).Details);
    }

    [Fact]
    public async Task Shadow_rules_count_and_refuse_nothing()
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("ok"));
        await using var engine = new TestEngine();
        engine.Publish(
            Guarded(new RbacModel { Shadow = Rules(RbacAction.Deny, "/admin"), ShadowPrefix = "istio_dry_run_deny_" }),
            TestEngine.Cluster("app", upstream.Address));

        Assert.Equal(200, (await engine.GetAsync("/admin")).Status);
        Assert.Equal(200, (await engine.GetAsync("/")).Status);
        Assert.Equal(1, engine.Observer.Counts["http.in.rbac.istio_dry_run_deny_shadow_denied"]);
        Assert.Equal(1, engine.Observer.Counts["http.in.rbac.istio_dry_run_deny_shadow_allowed"]);
    }

    [Fact]
    public async Task A_route_has_rules_of_its_own_or_none()
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("ok"));
        await using var engine = new TestEngine();
        var nobody = new RbacModel { Rules = new RbacRules(RbacAction.Allow, []) };
        engine.Publish(
            new HttpModel
            {
                Filters = [new HttpFilterModel("rbac", nobody)],
                Routes = TestEngine.Routes(
                    With(TestEngine.Route(prefix: "/open"), new FilterOverride(null, IsDisabled: true)),
                    With(TestEngine.Route(prefix: "/own"), new FilterOverride(new RbacModel { Rules = Rules(RbacAction.Deny, "/own/secret") })),
                    TestEngine.Route()),
            },
            TestEngine.Cluster("app", upstream.Address));

        Assert.Equal(200, (await engine.GetAsync("/open")).Status);
        Assert.Equal(200, (await engine.GetAsync("/own/a")).Status);
        Assert.Equal(403, (await engine.GetAsync("/own/secret")).Status);
        Assert.Equal(403, (await engine.GetAsync("/")).Status);
    }

    [Fact]
    public async Task A_connection_that_is_not_allowed_is_closed_and_the_record_says_why()
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("ok"));
        await using var engine = new TestEngine();
        var tcp = new TcpModel { Clusters = [new WeightedClusterModel { Cluster = ClusterKey.Of("app") }] };
        var guard = new RbacModel { Rules = new RbacRules(RbacAction.Allow, [new RbacPolicy("p", new RbacCondition.Authenticated(null), Everyone)]), StatPrefix = "tcp." };
        engine.Publish([TestEngine.Listener(new FilterChainModel { Tcp = tcp with { Filters = [guard] } })], TestEngine.Cluster("app", upstream.Address));

        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await client.ConnectAsync(engine.Address, TestContext.Current.CancellationToken);
            Assert.Equal(0, await client.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken));
        }
        catch (SocketException error)
        {
            Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
        }

        await Eventually.HoldsAsync(() => !engine.Observer.Closed.IsEmpty, "the connection ends", TestContext.Current.CancellationToken);
        Assert.True(engine.Observer.Closed.TryDequeue(out var record));
        Assert.Equal(ResponseFlags.UnauthorizedExternalService, record.Flags);
        Assert.Equal("rbac_access_denied_matched_policy[none]", record.TerminationDetails);
        Assert.Equal(1, engine.Observer.Counts["tcp.rbac.denied"]);
        Assert.Empty(upstream.Heads);
    }

    private static RouteModel With(RouteModel route, FilterOverride entry) =>
        route with { Filters = new Dictionary<string, FilterOverride> { ["rbac"] = entry }.ToFrozenDictionary() };

    private static RbacRules Rules(RbacAction action, string prefix) => new(
        action,
        [new RbacPolicy("ns[default]-policy[p]-rule[0]", new RbacCondition.UrlPath(new StringMatchModel(StringMatchKind.Prefix, Encoding.ASCII.GetBytes(prefix))), Everyone)]);

    private static HttpModel Guarded(RbacModel rbac) => new()
    {
        StatPrefix = "in",
        Filters = [new HttpFilterModel("envoy.filters.http.rbac", rbac)],
        Routes = TestEngine.Routes(TestEngine.Route()),
    };
}
