using Envoy.Service.Discovery.V3;
using Grpc.Core;
using Mizzen.Testing;
using Mizzen.Xds.Sessions;

namespace Mizzen.ControlPlane.Tests.Push;

public sealed class AggregatedDiscoveryTests : IAsyncLifetime
{
    private PushFixture _istiod = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _istiod = await PushFixture.StartAsync(Cancellation);

    public ValueTask DisposeAsync() => _istiod.DisposeAsync();

    [Fact]
    public async Task A_proxy_gets_what_it_is_to_have_and_then_only_what_changes()
    {
        _istiod.HasServices("a", "b");
        using var stream = _istiod.Connect(_istiod.TokenFor("shop", "web"), Cancellation);
        await stream.RequestStream.WriteAsync(PushFixture.AskForClusters(), Cancellation);
        var first = await NextAsync(stream);
        Assert.Equal(["a", "b"], first.Resources.Select(resource => resource.Name).Order());
        Assert.All(first.Resources, resource => Assert.Equal(ResourceTypes.Cluster, resource.Resource_.TypeUrl));
        await AcknowledgeAsync(stream, first);

        _istiod.HasServices("a", "c");
        var second = await NextAsync(stream);
        Assert.Equal(["c"], second.Resources.Select(resource => resource.Name));
        Assert.Equal(["b"], second.RemovedResources);
    }

    [Fact]
    public async Task Changes_while_a_proxy_is_busy_become_one_push()
    {
        _istiod.HasServices("a=1");
        using var stream = _istiod.Connect(_istiod.TokenFor("shop", "web"), Cancellation);
        await stream.RequestStream.WriteAsync(PushFixture.AskForClusters(), Cancellation);
        var first = await NextAsync(stream);
        for (var i = 2; i < 50; i++)
        {
            _istiod.HasServices($"a={i}");
        }

        await AcknowledgeAsync(stream, first);
        var pushes = 0;
        string version;
        do
        {
            var push = await NextAsync(stream);
            version = Envoy.Config.Cluster.V3.Cluster.Parser.ParseFrom(push.Resources.Single().Resource_.Value).AltStatName;
            await AcknowledgeAsync(stream, push);
            pushes++;
        }
        while (version != "a=49");

        Assert.InRange(pushes, 1, 3);
    }

    [Fact]
    public async Task A_proxy_that_comes_back_gets_nothing_that_it_has()
    {
        _istiod.HasServices("a", "b");
        var versions = new Dictionary<string, string>();
        using (var stream = _istiod.Connect(_istiod.TokenFor("shop", "web"), Cancellation))
        {
            await stream.RequestStream.WriteAsync(PushFixture.AskForClusters(), Cancellation);
            foreach (var resource in (await NextAsync(stream)).Resources)
            {
                versions[resource.Name] = resource.Version;
            }
        }

        _istiod.HasServices("a", "b=2");
        using var again = _istiod.Connect(_istiod.TokenFor("shop", "web"), Cancellation);
        var request = PushFixture.AskForClusters();
        request.InitialResourceVersions.Add(versions);
        await again.RequestStream.WriteAsync(request, Cancellation);
        Assert.Equal(["b"], (await NextAsync(again)).Resources.Select(resource => resource.Name));
    }

    [Fact]
    public async Task A_refusal_is_shown_and_not_repeated()
    {
        _istiod.HasServices("a");
        using var stream = _istiod.Connect(_istiod.TokenFor("shop", "web"), Cancellation);
        await stream.RequestStream.WriteAsync(PushFixture.AskForClusters(), Cancellation);
        var push = await NextAsync(stream);
        await stream.RequestStream.WriteAsync(
            new DeltaDiscoveryRequest { TypeUrl = push.TypeUrl, ResponseNonce = push.Nonce, ErrorDetail = new Google.Rpc.Status { Code = 3, Message = "a: no endpoints" } },
            Cancellation);
        await Eventually.HoldsAsync(() => _istiod.Registry.Refusals().Any(), "the refusal is known", Cancellation);
        Assert.Equal("a: no endpoints", (string?)_istiod.Pages.PushStatus()["refusals"]![0]!["reason"]);
        Assert.Equal("""{"CDS":"STALE"}""", _istiod.Pages.Syncz()[0]!["types"]!.ToJsonString());
        Assert.Equal("""[{"type":"CDS","resource":"a","reason":"a: no endpoints"}]""", _istiod.Pages.Syncz()[0]!["refusals"]!.ToJsonString());
        Assert.Equal(1, _istiod.Metrics.Value("pilot_total_xds_rejects", "type=\"cds\""));

        _istiod.HasServices("a", "b");
        Assert.Equal(["b"], (await NextAsync(stream)).Resources.Select(resource => resource.Name));
    }

    [Fact]
    public async Task A_client_of_the_older_protocol_gets_everything_with_each_change()
    {
        _istiod.HasServices("a", "b");
        using var stream = _istiod.ConnectToTheWorld(_istiod.TokenFor("shop", "web"), Cancellation);
        var ask = new DiscoveryRequest { TypeUrl = ResourceTypes.Cluster, Node = PushFixture.AskForClusters().Node };
        Assert.Equal(["a", "b"], await NamesAsync(ask));
        _istiod.HasServices("b=2");
        Assert.Equal(["b"], await NamesAsync(Answer(null)));
        _istiod.HasServices("b=2", "c");
        Assert.Equal(["b", "c"], await NamesAsync(Answer(null)));
        await stream.RequestStream.WriteAsync(Answer("c: no endpoints"), Cancellation);
        await Eventually.HoldsAsync(() => _istiod.Registry.Refusals().Any(), "the refusal is known", Cancellation);
        Assert.Equal("web-1.shop", (string?)_istiod.Pages.Syncz()[0]!["proxy"]);

        async Task<IEnumerable<string>> NamesAsync(DiscoveryRequest request)
        {
            await stream.RequestStream.WriteAsync(request, Cancellation);
            Assert.True(await stream.ResponseStream.MoveNext(Cancellation));
            return stream.ResponseStream.Current.Resources.Select(resource => resource.Unpack<Envoy.Config.Cluster.V3.Cluster>().Name);
        }

        DiscoveryRequest Answer(string? refusal) => new()
        {
            TypeUrl = ResourceTypes.Cluster,
            VersionInfo = stream.ResponseStream.Current.VersionInfo,
            ResponseNonce = stream.ResponseStream.Current.Nonce,
            ErrorDetail = refusal is null ? null : new Google.Rpc.Status { Code = 3, Message = refusal },
        };
    }

    [Fact]
    public async Task The_debug_pages_show_each_proxy()
    {
        _istiod.HasServices("a");
        using var stream = _istiod.Connect(_istiod.TokenFor("shop", "web"), Cancellation);
        await stream.RequestStream.WriteAsync(PushFixture.AskForClusters(), Cancellation);
        await AcknowledgeAsync(stream, await NextAsync(stream));
        await Eventually.HoldsAsync(() => (string?)_istiod.Pages.Syncz()[0]!["cluster_acked"] == "1", "the acknowledgement is known", Cancellation);
        Assert.Equal("web-1.shop", (string?)_istiod.Pages.Syncz()[0]!["proxy"]);
        Assert.Equal("1.31.0", (string?)_istiod.Pages.Syncz()[0]!["istio_version"]);
        Assert.Equal("""{"CDS":"SYNCED"}""", _istiod.Pages.Syncz()[0]!["types"]!.ToJsonString());
        var dump = _istiod.Pages.ConfigDump("web-1.shop")!;
        Assert.Equal("a", (string?)dump["configs"]![0]!["dynamic_active_clusters"]![0]!["cluster"]!["name"]);
        Assert.Null(_istiod.Pages.ConfigDump("nobody.shop"));
    }

    [Fact]
    public async Task A_proxy_that_leaves_is_forgotten()
    {
        _istiod.HasServices("a");
        using (var stream = _istiod.Connect(_istiod.TokenFor("shop", "web"), Cancellation))
        {
            await stream.RequestStream.WriteAsync(PushFixture.AskForClusters(), Cancellation);
            await NextAsync(stream);
            Assert.Single(_istiod.Registry.All);
        }

        await Eventually.HoldsAsync(() => _istiod.Registry.All.Count == 0, "the proxy is forgotten", Cancellation);
    }

    [Fact]
    public async Task Before_the_mesh_is_known_a_proxy_waits()
    {
        using var stream = _istiod.Connect(_istiod.TokenFor("shop", "web"), Cancellation);
        await stream.RequestStream.WriteAsync(PushFixture.AskForClusters(), Cancellation);
        await Eventually.HoldsAsync(() => _istiod.Registry.All.Count == 1, "the proxy is connected", Cancellation);
        _istiod.HasServices("a");
        Assert.Equal(["a"], (await NextAsync(stream)).Resources.Select(resource => resource.Name));
    }

    [Theory]
    [InlineData(null, StatusCode.Unauthenticated, "must show its service-account token")]
    [InlineData("nonsense", StatusCode.Unauthenticated, "the token is not valid")]
    public async Task Nobody_without_a_token_is_served(string? token, StatusCode code, string reason) =>
        await RefusedAsync(token, PushFixture.AskForClusters(), code, reason);

    [Fact]
    public async Task A_token_for_another_audience_is_no_token() =>
        await RefusedAsync(_istiod.TokenFor("shop", "web", "vault"), PushFixture.AskForClusters(), StatusCode.Unauthenticated, "not valid");

    [Theory]
    [InlineData("bank", "web")]
    [InlineData("shop", "admin")]
    public async Task A_proxy_may_not_be_somebody_else(string ns, string account) =>
        await RefusedAsync(_istiod.TokenFor("shop", "web"), PushFixture.AskForClusters(ns, account), StatusCode.PermissionDenied, "the token is shop/web's");

    [Fact]
    public async Task A_node_that_cannot_be_read_is_refused()
    {
        var request = PushFixture.AskForClusters();
        request.Node.Id = "me";
        await RefusedAsync(_istiod.TokenFor("shop", "web"), request, StatusCode.InvalidArgument, "type~address~pod.namespace~domain");
    }

    private async Task RefusedAsync(string? token, DeltaDiscoveryRequest request, StatusCode code, string reason)
    {
        _istiod.HasServices("a");
        using var stream = _istiod.Connect(token, Cancellation);
        var error = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await stream.RequestStream.WriteAsync(request, Cancellation);
            await NextAsync(stream);
        });
        var status = error.StatusCode == code ? error.Status : stream.GetStatus();
        Assert.Equal(code, status.StatusCode);
        Assert.Contains(reason, status.Detail, StringComparison.Ordinal);
        Assert.Empty(_istiod.Registry.All);
    }

    private static async Task<DeltaDiscoveryResponse> NextAsync(AsyncDuplexStreamingCall<DeltaDiscoveryRequest, DeltaDiscoveryResponse> stream)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(Eventually.Patience);
        Assert.True(await stream.ResponseStream.MoveNext(patience.Token));
        return stream.ResponseStream.Current;
    }

    private static Task AcknowledgeAsync(
        AsyncDuplexStreamingCall<DeltaDiscoveryRequest, DeltaDiscoveryResponse> stream, DeltaDiscoveryResponse response) =>
        stream.RequestStream.WriteAsync(new DeltaDiscoveryRequest { TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce }, Cancellation);
}
