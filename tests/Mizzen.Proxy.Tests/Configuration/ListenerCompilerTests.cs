using System.Net;
using System.Text;
using Envoy.Config.Listener.V3;
using Mizzen.Proxy.Configuration;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Tests.Configuration;

public sealed class ListenerCompilerTests
{
    private const string Manager = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
    private const string TcpProxy = "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";

    [Fact]
    public void The_capture_listener_hands_over_and_forwards_the_rest()
    {
        var listener = Compile($$$"""
            {
              "name": "virtualOutbound", "address": {"socket_address": {"address": "0.0.0.0", "port_value": 15001}},
              "use_original_dst": true, "traffic_direction": "OUTBOUND",
              "filter_chains": [
                {"name": "virtualOutbound-blackhole", "filter_chain_match": {"destination_port": 15001},
                 "filters": [{"name": "envoy.filters.network.tcp_proxy", "typed_config": {"@type": "{{{TcpProxy}}}", "stat_prefix": "BlackHoleCluster", "cluster": "BlackHoleCluster"}}]},
                {"name": "virtualOutbound-catchall-tcp",
                 "filters": [{"name": "envoy.filters.network.tcp_proxy",
                              "typed_config": {"@type": "{{{TcpProxy}}}", "stat_prefix": "p", "cluster": "PassthroughCluster", "idle_timeout": "0s", "max_connect_attempts": 3}}]}]
            }
            """);

        Assert.True(listener.UseOriginalDestination);
        Assert.True(listener.BindToPort);
        Assert.Equal(TrafficDirection.Outbound, listener.Direction);
        Assert.Equal(15001, listener.Chains[0].DestinationPort);
        var tcp = listener.Chains[1].Tcp!;
        Assert.Equal("PassthroughCluster", Assert.Single(tcp.Clusters).Cluster.Name);
        Assert.Equal(0, tcp.IdleTimeout);
        Assert.Equal(3, tcp.MaxConnectAttempts);
    }

    [Fact]
    public void A_port_listener_does_not_bind_and_names_its_routes()
    {
        var listener = Compile(Http("""
            "rds": {"route_config_name": "80", "config_source": {"ads": {}}}, "stream_idle_timeout": "0s", "server_name": "istio-envoy", "server_header_transformation": "PASS_THROUGH",
            "common_http_protocol_options": {"idle_timeout": "60s"}, "use_remote_address": true, "skip_xff_append": true, "generate_request_id": false,
            "upgrade_configs": [{"upgrade_type": "WebSocket"}, {"upgrade_type": "other", "enabled": false}]
            """, """ "bind_to_port": false, "traffic_direction": "OUTBOUND", "listener_filters": [{"name": "envoy.filters.listener.http_inspector"}], """));
        var http = listener.Chains[0].Http!;

        Assert.False(listener.BindToPort);
        Assert.True(listener.InspectHttp);
        Assert.Equal(0, listener.InspectTimeout);
        Assert.Equal("80", http.RouteName);
        Assert.Null(http.Routes);
        Assert.Equal(60_000, http.IdleTimeout);
        Assert.Equal(0, http.StreamIdleTimeout);
        Assert.Equal(ServerHeaderMode.PassThrough, http.ServerHeader);
        Assert.Equal("istio-envoy", Encoding.UTF8.GetString(http.ServerName));
        Assert.True(http.UseRemoteAddress);
        Assert.True(http.SkipForwardedForAppend);
        Assert.False(http.GenerateRequestId);
        Assert.Equal("websocket", Encoding.UTF8.GetString(Assert.Single(http.UpgradeTypes)));
        Assert.True(http.SendsPeerMetadata);
        Assert.False(http.ReceivesPeerMetadata);
    }

    [Fact]
    public void An_inbound_listener_reads_what_peers_say_and_chooses_chains_by_port_range_and_protocol()
    {
        var listener = Compile($$$"""
            {
              "name": "virtualInbound", "address": {"socket_address": {"address": "0.0.0.0", "port_value": 15006}}, "traffic_direction": "INBOUND",
              "listener_filters": [{"name": "envoy.filters.listener.original_dst"}, {"name": "envoy.filters.listener.http_inspector"}],
              "listener_filters_timeout": "2s",
              "filter_chains": [
                {"name": "http", "filter_chain_match": {"destination_port": 3000, "application_protocols": ["http/1.1", "h2c"]},
                 "filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": {"@type": "{{{Manager}}}", "stat_prefix": "in"}}]},
                {"name": "tcp", "filter_chain_match": {"prefix_ranges": [{"address_prefix": "10.0.0.0", "prefix_len": 8}]},
                 "filters": [{"name": "envoy.filters.network.tcp_proxy", "typed_config": {"@type": "{{{TcpProxy}}}", "stat_prefix": "t",
                   "weighted_clusters": {"clusters": [{"name": "a", "weight": 1}, {"name": "b", "weight": 3}]} } }]}],
              "default_filter_chain": {"filters": [{"name": "envoy.filters.network.tcp_proxy", "typed_config": {"@type": "{{{TcpProxy}}}", "stat_prefix": "d", "cluster": "c"}}]}
            }
            """);

        Assert.Equal(["http/1.1", "h2c"], listener.Chains[0].ApplicationProtocols);
        Assert.Equal(3000, listener.Chains[0].DestinationPort);
        Assert.True(listener.Chains[0].Http!.ReceivesPeerMetadata);
        Assert.False(listener.Chains[0].Http!.SendsPeerMetadata);
        Assert.Empty(listener.Chains[1].ApplicationProtocols);
        Assert.Equal(IPNetwork.Parse("10.0.0.0/8"), Assert.Single(listener.Chains[1].DestinationRanges));
        Assert.Equal([("a", 1u), ("b", 3u)], listener.Chains[1].Tcp!.Clusters.Select(entry => (entry.Cluster.Name, entry.Weight)));
        Assert.Equal("c", listener.DefaultChain!.Tcp!.Clusters[0].Cluster.Name);
        Assert.Equal(2_000, listener.InspectTimeout);
    }

    [Fact]
    public void The_fault_filter_of_a_listener_applies_to_all_its_routes()
    {
        var fault = Compile(Http("""
            "http_filters": [{"name": "envoy.filters.http.fault", "typed_config": {
              "@type": "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault",
              "delay": {"fixed_delay": "7s", "percentage": {"numerator": 10}},
              "abort": {"http_status": 500, "percentage": {"numerator": 1, "denominator": "MILLION"}}}}]
            """)).Chains[0].Http!.Filters;

        Assert.Equal(new FaultModel { Delay = 7_000, DelayPerMillion = 100_000, AbortStatus = 500, AbortPerMillion = 1 }, Assert.Single(fault).Settings);
    }

    [Theory]
    [InlineData("""{"name": "l"}""", "address: '' is not an IP address")]
    [InlineData(
        """{"name": "l", "address": {"socket_address": {"address": "0.0.0.0"}}, "listener_filters": [{"name": "envoy.filters.listener.local_ratelimit"}]}""",
        "listener_filters: this proxy has no filter envoy.filters.listener.local_ratelimit")]
    [InlineData(
        """{"name": "l", "address": {"socket_address": {"address": "0.0.0.0"}}, "filter_chains": [{"name": "c"}]}""",
        "filter_chains[c]: filters: a chain needs a connection manager or a TCP proxy")]
    [InlineData(
        """{"name": "l", "address": {"socket_address": {"address": "0.0.0.0"}}, "filter_chains": [{"filters": [{"name": "envoy.filters.network.redis_proxy"}]}]}""",
        "filter_chains[0]: filters: this proxy has no network filter envoy.filters.network.redis_proxy")]
    [InlineData(
        """{"name": "l", "address": {"socket_address": {"address": "0.0.0.0"}}, "filter_chains": [{"transport_socket": {"name": "envoy.transport_sockets.quic"}, "filters": [{"name": "envoy.filters.network.tcp_proxy"}]}]}""",
        "transport_socket: this proxy has no transport socket envoy.transport_sockets.quic")]
    [InlineData(
        """{"name": "l", "address": {"socket_address": {"address": "0.0.0.0"}}, "default_filter_chain": {"filters": []}}""",
        "default_filter_chain: filters: a chain needs a connection manager or a TCP proxy")]
    public void What_is_not_supported_is_refused_by_its_field(string json, string refusal) => Assert.Contains(refusal, Refusal(json), StringComparison.Ordinal);

    [Fact]
    public void An_unknown_http_filter_is_refused_unless_it_is_optional_or_disabled()
    {
        const string Lua = """{"name": "envoy.filters.http.lua" """;
        Assert.Contains("http_filters[envoy.filters.http.lua]: this proxy has no such filter", Refusal(Http($"\"http_filters\": [{Lua}}}]")), StringComparison.Ordinal);
        Assert.Equal("", Refusal(Http($$$""" "http_filters": [{{{Lua}}}, "is_optional": true}, {{{Lua}}}, "disabled": true}] """)));
    }

    private static string Http(string fields, string listener = "") => $$$"""
        {
          "name": "l", "address": {"socket_address": {"address": "0.0.0.0", "port_value": 80}}, {{{listener}}}
          "filter_chains": [{"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": {"@type": "{{{Manager}}}", {{{fields}}} }}]}]
        }
        """;

    private static string Refusal(string json)
    {
        var problems = new Problems();
        _ = ListenerCompiler.Compile(XdsText.Message<Listener>(json), problems);
        return problems.ToString();
    }

    private static ListenerModel Compile(string json)
    {
        var problems = new Problems();
        var listener = ListenerCompiler.Compile(XdsText.Message<Listener>(json), problems);
        Assert.Equal("", problems.ToString());
        return listener!;
    }
}
