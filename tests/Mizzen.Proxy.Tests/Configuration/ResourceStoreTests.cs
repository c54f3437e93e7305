using Envoy.Config.Cluster.V3;
using Envoy.Config.Endpoint.V3;
using Envoy.Config.Listener.V3;
using Google.Protobuf.WellKnownTypes;
using Mizzen.Proxy.Configuration;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Tests.Configuration;

public sealed class ResourceStoreTests
{
    private readonly ResourceStore _store = new();

    [Fact]
    public void An_empty_mesh_is_complete_once_both_types_have_been_heard_of()
    {
        Assert.False(_store.Snapshot().IsComplete);
        _store.Received(TypeUrls.Cluster);
        Assert.False(_store.Snapshot().IsComplete);
        _store.Received(TypeUrls.Listener);
        Assert.True(_store.Snapshot().IsComplete);
    }

    [Fact]
    public void Endpoints_that_are_known_to_be_missing_do_not_hold_up_readiness()
    {
        Put<Cluster>(TypeUrls.Cluster, """{"name": "c", "type": "EDS"}""");
        _store.Received(TypeUrls.Cluster);
        _store.Received(TypeUrls.Listener);
        Assert.False(_store.Snapshot().IsComplete);

        _store.Remove(TypeUrls.ClusterLoadAssignment, "c");
        Assert.True(_store.Snapshot().IsComplete);
    }

    [Fact]
    public void Endpoints_meet_their_cluster_by_service_name()
    {
        Put<Cluster>(TypeUrls.Cluster, """{"name": "c", "type": "EDS", "eds_cluster_config": {"service_name": "s"}}""");
        Assert.Equal(["s"], _store.EndpointNames);
        Put<ClusterLoadAssignment>(
            TypeUrls.ClusterLoadAssignment,
            """{"cluster_name": "s", "endpoints": [{"lb_endpoints": [{"endpoint": {"address": {"socket_address": {"address": "10.0.0.1", "port_value": 1}}}}]}]}""");
        Assert.Single(_store.Snapshot().Clusters["c"].Endpoints);
    }

    [Fact]
    public void Names_are_resolved_later_and_only_news_is_news()
    {
        Put<Cluster>(
            TypeUrls.Cluster,
            """
            {"name": "dns", "type": "STRICT_DNS", "load_assignment": {"endpoints": [{"lb_endpoints": [
              {"endpoint": {"address": {"socket_address": {"address": "time.example", "port_value": 80}}}}]}]}}
            """);
        Assert.Equal("dns", Assert.Single(_store.DnsClusters).Name);
        var resolved = new List<EndpointModel> { new() { Address = new(System.Net.IPAddress.Loopback, 80) } };
        Assert.True(_store.Resolve("dns", resolved));
        Assert.False(_store.Resolve("dns", [.. resolved]));
        Assert.Equal(resolved, _store.Snapshot().Clusters["dns"].Endpoints);
    }

    [Fact]
    public void A_refusal_keeps_what_was_accepted_before()
    {
        Put<Cluster>(TypeUrls.Cluster, """{"name": "c", "type": "STATIC", "connect_timeout": "1s"}""");
        var refusal = _store.Put(TypeUrls.Cluster, "c", XdsText.Packed<Cluster>("""{"name": "c", "lb_policy": "LOAD_BALANCING_POLICY_CONFIG", "connect_timeout": "2s"}"""));
        Assert.Equal("c: lb_policy: LoadBalancingPolicyConfig is not supported", refusal);
        Assert.Equal(1_000, _store.Snapshot().Clusters["c"].ConnectTimeout);
    }

    [Fact]
    public void A_listener_with_two_problems_is_refused_with_both()
    {
        var refusal = _store.Put(TypeUrls.Listener, "l", XdsText.Packed<Listener>("""
            {"name": "l", "address": {"socket_address": {"address": "nowhere"}}, "listener_filters": [{"name": "x"}]}
            """));
        Assert.Equal("l: address: 'nowhere' is not an IP address; listener_filters: this proxy has no filter x", refusal);
    }

    [Fact]
    public void What_is_not_a_resource_is_refused()
    {
        Assert.Contains("n has a configuration of type envoy.config.listener.v3.Listener", _store.Put(TypeUrls.Cluster, "n", Any.Pack(new Listener())), StringComparison.Ordinal);
        Assert.Contains("does not take resources of type x", _store.Put("x", "n", Any.Pack(new Listener())), StringComparison.Ordinal);
        var torn = Any.Pack(new Listener { Name = "torn" });
        torn.Value = Google.Protobuf.ByteString.CopyFrom(0x0a, 0x7f);
        Assert.Contains("cannot be read", _store.Put(TypeUrls.Listener, "torn", torn), StringComparison.Ordinal);
    }

    [Fact]
    public void The_dump_is_JSON_with_the_types_inside()
    {
        Put<Listener>(TypeUrls.Listener, """
            {"name": "l", "address": {"socket_address": {"address": "0.0.0.0", "port_value": 1}}, "filter_chains": [{"filters": [{"name": "envoy.filters.network.tcp_proxy",
             "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", "stat_prefix": "t", "cluster": "c"}}]}]}
            """);
        using var dump = System.Text.Json.JsonDocument.Parse(ConfigDump.Write("{}", [.. _store.Messages()], withEndpoints: false));
        var entry = dump.RootElement.GetProperty("configs")[2].GetProperty("dynamic_listeners")[0];
        Assert.Equal("l", entry.GetProperty("name").GetString());
        var listener = entry.GetProperty("active_state").GetProperty("listener");
        Assert.Equal(TypeUrls.Listener, listener.GetProperty("@type").GetString());
        var filter = listener.GetProperty("filter_chains")[0].GetProperty("filters")[0].GetProperty("typed_config");
        Assert.Equal("c", filter.GetProperty("cluster").GetString());
    }

    private void Put<T>(string typeUrl, string json)
        where T : Google.Protobuf.IMessage, new() => Assert.Null(_store.Put(typeUrl, "name", XdsText.Packed<T>(json)));
}
