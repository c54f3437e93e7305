using Mizzen.Inspection;
using Mizzen.Resources.Reading;

namespace Mizzen.Tests.Inspection;

/// <summary>What a dump becomes in istioctl's tables.</summary>
public sealed class ConfigTableTests
{
    private const string Dump = """
        {"configs": [
          {"@type": "type.googleapis.com/envoy.admin.v3.BootstrapConfigDump", "bootstrap": {"node": {"id": "sidecar~10.0.0.1~web.shop~shop.svc.cluster.local"}}},
          {"@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump",
           "static_clusters": [{"cluster": {"name": "prometheus_stats", "type": "STATIC"}}],
           "dynamic_active_clusters": [
            {"cluster": {"name": "outbound|9080|v1|reviews.default.svc.cluster.local", "type": "EDS",
              "metadata": {"filter_metadata": {"istio": {"config": "/apis/networking.istio.io/v1/namespaces/default/destination-rule/reviews"}}}}},
            {"cluster": {"name": "inbound|9080||", "type": "ORIGINAL_DST"}},
            {"cluster": {"name": "outbound_.9080_._.reviews.default.svc.cluster.local", "type": "EDS"}}]},
          {"@type": "type.googleapis.com/envoy.admin.v3.ListenersConfigDump", "dynamic_listeners": [
            {"name": "10.96.0.1_443", "active_state": {"listener": {"name": "10.96.0.1_443", "address": {"socket_address": {"address": "10.96.0.1", "port_value": 443}},
              "filter_chains": [
                {"filter_chain_match": {"server_names": ["a.example.com"], "transport_protocol": "tls"}, "filters": [{"name": "envoy.filters.network.tcp_proxy", "typed_config": {"cluster": "outbound|443||a.example.com"}}]},
                {"filter_chain_match": {"application_protocols": ["http/1.1", "h2c"]}, "filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": {"rds": {"route_config_name": "80"}}}]}],
              "default_filter_chain": {"filters": [{"name": "envoy.filters.network.tcp_proxy", "typed_config": {"cluster": "PassthroughCluster"}}]}}}}]},
          {"@type": "type.googleapis.com/envoy.admin.v3.RoutesConfigDump", "dynamic_route_configs": [
            {"route_config": {"name": "80", "virtual_hosts": [
              {"name": "reviews:80", "domains": ["reviews", "reviews.default", "reviews.default.svc", "10.0.0.7"], "routes": [
                {"match": {"prefix": "/", "headers": [{"name": "end-user"}]}, "metadata": {"filter_metadata": {"istio": {"config": "/apis/networking.istio.io/v1/namespaces/default/virtual-service/reviews"}}}},
                {"match": {"path": "/health"}, "direct_response": {"status": 404}},
                {"match": {"safe_regex": {"regex": "/v[12]"}}}]}]}}]},
          {"@type": "type.googleapis.com/envoy.admin.v3.EndpointsConfigDump", "dynamic_endpoint_configs": [
            {"endpoint_config": {"cluster_name": "outbound|9080|v1|reviews.default.svc.cluster.local", "endpoints": [{"lb_endpoints": [
              {"endpoint": {"address": {"socket_address": {"address": "10.0.0.9", "port_value": 9080}}}},
              {"health_status": "UNHEALTHY", "endpoint": {"address": {"socket_address": {"address": "10.0.0.10", "port_value": 9080}}}}]}]}}]}
        ]}
        """;

    private readonly ConfigDump _dump = ConfigDump.Parse(Dump, "dump.json");

    [Theory]
    [InlineData(" 9080 - inbound ORIGINAL_DST ")]
    [InlineData("reviews.default.svc.cluster.local 9080 v1 outbound EDS reviews.default")]
    [InlineData("reviews.default.svc.cluster.local 9080 - outbound EDS ")]
    [InlineData("prometheus_stats - - - STATIC ")]
    public void Clusters(string row) => Assert.Contains(row, _dump.Clusters.Select(cluster => string.Join(' ', ClusterTable.Row(cluster))));

    [Fact]
    public void Listeners() => Assert.Equal(
        [
            "10.96.0.1 443 SNI: a.example.com; Trans: tls > Cluster: outbound|443||a.example.com",
            "10.96.0.1 443 App: HTTP,HTTP2 > Route: 80",
            "10.96.0.1 443 ALL > PassthroughCluster",
        ],
        _dump.Listeners.SelectMany(ListenerTable.Rows).Select(row => $"{row[0]} {row[1]} {row[2]} > {row[3]}"));

    [Fact]
    public void Routes() => Assert.Equal(
        ["80 reviews:80 /* +1 reviews.default", "80 reviews:80 /health 404", "80 reviews:80 regex /v[12] "],
        _dump.Routes.SelectMany(RouteTable.Rows).Select(row => $"{row[0]} {row[1]} {row[3]} {row[4]}"));

    [Fact]
    public void Domains_are_shortened() =>
        Assert.Equal("reviews, reviews.default + 2 more...", RouteTable.Rows(_dump.Routes[0]).First()[2]);

    [Theory]
    [InlineData("10.0.0.9:9080 HEALTHY OK")]
    [InlineData("10.0.0.10:9080 UNHEALTHY OK")]
    public void Endpoints(string row) =>
        Assert.Contains(row, EndpointTable.Parse(Dump, "dump.json").SelectMany(EndpointTable.Rows).Select(each => string.Join(' ', each.Take(3))));

    [Fact]
    public void Bootstrap() => Assert.Equal("sidecar~10.0.0.1~web.shop~shop.svc.cluster.local", _dump.Bootstrap.Text("node", "id"));

    [Fact]
    public void The_type_of_a_listener_tells_what_its_chains_do() => Assert.Equal("HTTP+TCP", ListenerTable.TypeOf(_dump.Listeners[0]));

    [Theory]
    [InlineData("", "dump.json: this is no configuration dump")]
    [InlineData("[]", "dump.json: this is no configuration dump")]
    [InlineData("{}", "it has no \"configs\"")]
    public void What_is_no_dump_is_said_to_be_none(string json, string message) =>
        Assert.Contains(message, Assert.Throws<UserErrorException>(() => ConfigDump.Parse(json, "dump.json")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_proxy_that_has_what_it_should_have_shows_no_difference() => Assert.Empty(DumpComparison.Differences(_dump, _dump));

    [Fact]
    public void Differences_are_named_by_resource_and_field()
    {
        var other = ConfigDump.Parse(Dump.Replace("\"/health\"", "\"/healthz\"", StringComparison.Ordinal).Replace("prometheus_stats", "stats", StringComparison.Ordinal), "other.json");
        Assert.Equal(
            [
                "CDS prometheus_stats: the proxy does not have it",
                "CDS stats: the proxy still has it",
                "RDS 80: differs at virtual_hosts[0].routes[1].match.path: wanted \"/health\", has \"/healthz\"",
            ],
            DumpComparison.Differences(_dump, other));
    }

    [Theory]
    [InlineData("""{"types": {"CDS": "SYNCED", "RDS": "STALE"}, "cluster_sent": "1"}""", "SYNCED STALE IGNORED")]
    [InlineData("""{"cluster_sent": "a", "cluster_acked": "a", "route_sent": "b", "route_acked": "a"}""", "SYNCED STALE NOT SENT")]
    public void States_in_Istios_words(string sync, string states)
    {
        var row = SyncTable.Row(System.Text.Json.Nodes.JsonNode.Parse(sync)!.AsObject(), "istiod-1");
        Assert.Equal(states, $"{row[2]} {row[5]} {row[4]}");
    }
}
