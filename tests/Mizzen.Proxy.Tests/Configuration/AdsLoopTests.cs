using Envoy.Config.Cluster.V3;
using Envoy.Config.Endpoint.V3;
using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Google.Protobuf;
using Mizzen.Proxy.Configuration;
using Mizzen.Proxy.Logging;
using Mizzen.Proxy.Runtime;
using Mizzen.Testing;

namespace Mizzen.Proxy.Tests.Configuration;

/// <summary>The control thread against a real gRPC server.</summary>
public sealed class AdsLoopTests : IAsyncLifetime
{
    private const string Cluster = """{"name": "c", "type": "EDS", "eds_cluster_config": {"service_name": "outbound|80||c"}}""";

    private const string Listener = """
        {"name": "0.0.0.0_80", "address": {"socket_address": {"address": "0.0.0.0", "port_value": 80}}, "bind_to_port": false,
         "filter_chains": [{"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": {
           "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
           "rds": {"route_config_name": "80"}}}]}]}
        """;

    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;
    private readonly CancellationTokenSource _stop = new();
    private readonly Received _received = new();
    private ControlPlane _plane = null!;
    private Task _running = Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        _plane = await ControlPlane.StartAsync();
        var node = new NodeIdentity("sidecar", "10.0.0.1", "pod", "default", "app", "", "default", new Dictionary<string, string> { ["app"] = "a" }).ToNode();
        var live = new LiveConfiguration(new ResourceStore(), _received);
        _running = new AdsLoop(new AdsOptions(_plane.Address, null, null), node, live, LogOutput.Silent.For("ads"), TimeProvider.System).RunAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _plane.DisposeAsync();
        await _running;
        _stop.Dispose();
    }

    [Fact]
    public async Task Asks_for_all_clusters_and_listeners_and_says_who_it_is()
    {
        var first = await _plane.NextAsync(Cancellation);
        var second = await _plane.NextAsync(Cancellation);

        Assert.Equal((TypeUrls.Cluster, "*"), (first.TypeUrl, Assert.Single(first.ResourceNamesSubscribe)));
        Assert.Equal("sidecar~10.0.0.1~pod.default~default.svc.cluster.local", first.Node.Id);
        Assert.Equal("a", first.Node.Metadata.Fields["LABELS"].StructValue.Fields["app"].StringValue);
        Assert.Equal((TypeUrls.Listener, "*"), (second.TypeUrl, Assert.Single(second.ResourceNamesSubscribe)));
        Assert.Null(second.Node);
    }

    [Fact]
    public async Task Is_complete_when_clusters_listeners_and_what_they_refer_to_have_come()
    {
        await ConfigureAsync();

        var snapshot = _received.Snapshot;
        Assert.Equal("10.0.0.9:80", Assert.Single(snapshot.Clusters["c"].Endpoints).Address.ToString());
        Assert.Equal("80", Assert.Single(snapshot.Listeners).Chains[0].Http!.Routes!.Name);
        Assert.Equal(4, _received.Messages.Count);
    }

    [Fact]
    public async Task What_is_refused_is_answered_with_resource_and_field_and_the_last_good_one_keeps_serving()
    {
        await ConfigureAsync();
        var nonce = await _plane.SendAsync(
            TypeUrls.Cluster,
            ("c", XdsText.Packed<Cluster>("""{"name": "c", "lb_policy": "LOAD_BALANCING_POLICY_CONFIG"}""")),
            ("d", XdsText.Packed<Cluster>("""{"name": "d", "type": "STATIC"}""")));
        var answer = await AnswerToAsync(TypeUrls.Cluster, nonce);

        Assert.Contains("c: lb_policy: LoadBalancingPolicyConfig is not supported", answer.ErrorDetail.Message, StringComparison.Ordinal);
        Assert.Contains("c: lb_policy", _received.Refusal, StringComparison.Ordinal);
        Assert.Single(_received.Snapshot.Clusters["c"].Endpoints);
        Assert.Contains("d", _received.Snapshot.Clusters.Keys);
        Assert.True(_received.Snapshot.IsComplete);
    }

    [Fact]
    public async Task An_access_log_that_cannot_be_written_refuses_its_listener()
    {
        await ConfigureAsync();
        var listener = Listener.Replace(
            "\"rds\"",
            """
            "access_log": [{"name": "envoy.access_loggers.file", "typed_config": {
               "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog", "path": "/dev/stdout",
               "log_format": {"text_format_source": {"inline_string": "%DYNAMIC_METADATA(a)%"}}}}], "rds"
            """,
            StringComparison.Ordinal);
        var nonce = await _plane.SendAsync(TypeUrls.Listener, ("0.0.0.0_80", XdsText.Packed<Listener>(listener)));

        Assert.Contains(
            "access_log[envoy.access_loggers.file].text_format: this proxy has no operator %DYNAMIC_METADATA(a)%",
            (await AnswerToAsync(TypeUrls.Listener, nonce)).ErrorDetail.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_stream_tells_what_is_here_already()
    {
        await ConfigureAsync();
        _plane.EndStream();
        var again = await _plane.NextAsync(TypeUrls.Cluster, isAnswer: false, Cancellation);
        var endpoints = await _plane.NextAsync(TypeUrls.ClusterLoadAssignment, isAnswer: false, Cancellation);

        Assert.Equal(2, _plane.Streams);
        Assert.Equal(["c"], again.InitialResourceVersions.Keys);
        Assert.Equal(["outbound|80||c"], endpoints.ResourceNamesSubscribe);
        Assert.True(_received.Snapshot.IsComplete);
    }

    private async Task ConfigureAsync()
    {
        _ = await _plane.NextAsync(TypeUrls.Listener, isAnswer: false, Cancellation);
        var nonce = await _plane.SendAsync(TypeUrls.Cluster, ("c", XdsText.Packed<Cluster>(Cluster)));
        // Endpoints are asked for before the clusters are acknowledged.
        Assert.Equal(["outbound|80||c"], (await _plane.NextAsync(TypeUrls.ClusterLoadAssignment, isAnswer: false, Cancellation)).ResourceNamesSubscribe);
        Assert.Null((await AnswerToAsync(TypeUrls.Cluster, nonce)).ErrorDetail);
        _ = await _plane.SendAsync(TypeUrls.Listener, ("0.0.0.0_80", XdsText.Packed<Listener>(Listener)));
        Assert.Equal(["80"], (await _plane.NextAsync(TypeUrls.RouteConfiguration, isAnswer: false, Cancellation)).ResourceNamesSubscribe);
        _ = await _plane.SendAsync(TypeUrls.RouteConfiguration, ("80", XdsText.Packed<RouteConfiguration>("""{"name": "80"}""")));
        Assert.False(_received.Snapshot.IsComplete);
        _ = await _plane.SendAsync(TypeUrls.ClusterLoadAssignment, ("outbound|80||c", XdsText.Packed<ClusterLoadAssignment>("""
            {"cluster_name": "outbound|80||c", "endpoints": [{"lb_endpoints": [{"endpoint": {"address": {"socket_address": {"address": "10.0.0.9", "port_value": 80}}}}]}]}
            """)));
        await Eventually.HoldsAsync(() => _received.Snapshot.IsComplete, "a complete configuration", Cancellation);
    }

    private async Task<Envoy.Service.Discovery.V3.DeltaDiscoveryRequest> AnswerToAsync(string typeUrl, string nonce)
    {
        while (true)
        {
            var answer = await _plane.NextAsync(typeUrl, isAnswer: true, Cancellation);
            if (answer.ResponseNonce == nonce)
            {
                return answer;
            }
        }
    }

    private sealed class Received : IConfigurationSink
    {
        public ProxySnapshot Snapshot { get; private set; } = ProxySnapshot.Empty;

        public IReadOnlyList<(string TypeUrl, string Name, IMessage Message)> Messages { get; private set; } = [];

        public string Refusal { get; private set; } = "";

        public void Publish(ProxySnapshot snapshot, IReadOnlyList<(string TypeUrl, string Name, IMessage Message)> messages)
        {
            Messages = messages;
            Snapshot = snapshot;
        }

        public void Refuse(string reasons) => Refusal = reasons;
    }
}
