using System.Net;
using Envoy.Config.Cluster.V3;
using Envoy.Config.Endpoint.V3;
using Mizzen.Proxy.Configuration;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Tests.Configuration;

public sealed class ClusterCompilerTests
{
    [Fact]
    public void A_cluster_without_settings_has_Envoys_defaults()
    {
        var cluster = Compile("""{"name": "outbound|80||a.b", "type": "EDS"}""");

        Assert.Equal("outbound|80||a.b", cluster.Key.Name);
        Assert.Equal(DiscoveryKind.Eds, cluster.Discovery);
        Assert.Equal(LoadBalancing.RoundRobin, cluster.LoadBalancing);
        Assert.Equal(5_000, cluster.ConnectTimeout);
        Assert.Equal(3_600_000, cluster.IdleTimeout);
        Assert.Equal(50, cluster.PanicThreshold);
        Assert.Equal(CircuitLimits.None, cluster.Limits);
        Assert.Null(cluster.Outlier);
        Assert.Null(cluster.SourceAddress);
    }

    [Theory]
    [InlineData("STATIC", "Static")]
    [InlineData("EDS", "Eds")]
    [InlineData("STRICT_DNS", "StrictDns")]
    [InlineData("LOGICAL_DNS", "StrictDns")]
    [InlineData("ORIGINAL_DST", "OriginalDestination")]
    public void Discovery(string type, string expected) =>
        Assert.Equal(expected, Compile($$"""{"name": "c", "type": "{{type}}"}""").Discovery.ToString());

    [Theory]
    [InlineData("ROUND_ROBIN", "RoundRobin")]
    [InlineData("LEAST_REQUEST", "LeastRequest")]
    [InlineData("RANDOM", "Random")]
    [InlineData("CLUSTER_PROVIDED", "RoundRobin")]
    public void Balancing(string policy, string expected) =>
        Assert.Equal(expected, Compile($$"""{"name": "c", "lb_policy": "{{policy}}"}""").LoadBalancing.ToString());

    [Fact]
    public void Timeouts_limits_and_choices()
    {
        var cluster = Compile("""
            {
              "name": "c", "connect_timeout": "1.5s", "lb_policy": "LEAST_REQUEST", "least_request_lb_config": {"choice_count": 3},
              "circuit_breakers": {"thresholds": [{"max_connections": 1, "max_pending_requests": 2, "max_requests": 3, "max_retries": 4}]},
              "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
              "upstream_bind_config": {"source_address": {"address": "127.0.0.6", "port_value": 0}},
              "typed_extension_protocol_options": {
                "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                  "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                  "common_http_protocol_options": {"idle_timeout": "30s", "max_requests_per_connection": 7},
                  "explicit_http_config": {"http_protocol_options": {}}
                }
              }
            }
            """);

        Assert.Equal(1_500, cluster.ConnectTimeout);
        Assert.Equal(3, cluster.LeastRequestChoices);
        Assert.Equal(new CircuitLimits(1, 2, 3, 4), cluster.Limits);
        Assert.Equal(0, cluster.PanicThreshold);
        Assert.Equal(IPAddress.Parse("127.0.0.6"), cluster.SourceAddress);
        Assert.Equal(30_000, cluster.IdleTimeout);
        Assert.Equal(7, cluster.MaxRequestsPerConnection);
    }

    [Fact]
    public void Outlier_detection_counts_gateway_failures_only_when_they_are_enforced()
    {
        var outlier = Compile("""
            {
              "name": "c",
              "outlier_detection": {"consecutive_5xx": 3, "interval": "1s", "base_ejection_time": "2s", "max_ejection_percent": 100,
                                    "consecutive_gateway_failure": 4, "enforcing_consecutive_gateway_failure": 100}
            }
            """).Outlier;

        Assert.Equal(new OutlierModel
        {
            ConsecutiveServerErrors = 3,
            ConsecutiveGatewayErrors = 4,
            Interval = 1_000,
            BaseEjection = 2_000,
            MaxEjectionPercent = 100,
        }, outlier);
        Assert.Equal(0u, Compile("""{"name": "c", "outlier_detection": {"consecutive_gateway_failure": 4}}""").Outlier!.ConsecutiveGatewayErrors);
        Assert.Equal(0u, Compile("""{"name": "c", "outlier_detection": {"enforcing_consecutive_5xx": 0}}""").Outlier!.ConsecutiveServerErrors);
    }

    [Fact]
    public void Istios_metadata_names_the_service_and_the_rule()
    {
        var cluster = Compile("""
            {
              "name": "c",
              "metadata": {"filter_metadata": {"istio": {
                "config": "/apis/networking.istio.io/v1/namespaces/default/destination-rule/backend",
                "services": [{"host": "backend.default.svc.cluster.local", "name": "backend", "namespace": "default"}]}}}
            }
            """);

        Assert.Equal(new ServiceIdentity("backend.default.svc.cluster.local", "backend", "default"), cluster.Service);
        Assert.Equal("/apis/networking.istio.io/v1/namespaces/default/destination-rule/backend", cluster.Origin);
    }

    [Theory]
    [InlineData("{}", UpstreamProtocol.Http1, 1024)]
    [InlineData("""{"explicit_http_config": {"http_protocol_options": {}}}""", UpstreamProtocol.Http1, 1024)]
    [InlineData("""{"explicit_http_config": {"http2_protocol_options": {"max_concurrent_streams": 7}}}""", UpstreamProtocol.Http2, 7)]
    [InlineData("""{"use_downstream_protocol_config": {"http2_protocol_options": {"max_concurrent_streams": 8}}}""", UpstreamProtocol.AsDownstream, 8)]
    [InlineData("""{"auto_config": {"http2_protocol_options": {"max_concurrent_streams": 9}}}""", UpstreamProtocol.Http1, 9)]
    public void The_upstreams_protocol_is_an_option(string options, object protocol, int streams)
    {
        var cluster = Compile("""
            {"name": "c", "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions":
              {"@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions", OPTIONS}}}
            """.Replace(", OPTIONS", options == "{}" ? "" : ", " + options[1..^1], StringComparison.Ordinal));
        Assert.Equal((protocol, streams), ((object)cluster.Protocol, cluster.Http2.MaxConcurrentStreams));
    }

    [Theory]
    [InlineData("""{"name": "c", "lb_policy": "LOAD_BALANCING_POLICY_CONFIG"}""", "lb_policy: LoadBalancingPolicyConfig is not supported")]
    [InlineData("""{"name": "c", "transport_socket": {"name": "envoy.transport_sockets.quic"}}""", "transport_socket: this proxy has no transport socket envoy.transport_sockets.quic")]
    [InlineData(
        """
        {"name": "c", "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
          "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
          "explicit_http_config": {"http2_protocol_options": {"initial_stream_window_size": 1000}}}}}
        """,
        "http2_protocol_options: initial_stream_window_size: 1000 is not between 65535 and 2147483647")]
    [InlineData(
        """{"name": "c", "type": "STATIC", "load_assignment": {"endpoints": [{"lb_endpoints": [{"endpoint": {"address": {"socket_address": {"address": "a.b", "port_value": 1}}}}]}]}}""",
        "address: 'a.b' is not an IP address")]
    public void What_is_not_supported_is_refused_by_its_field(string json, string refusal)
    {
        var problems = new Problems();
        _ = ClusterCompiler.Compile(XdsText.Message<Cluster>(json), problems);
        Assert.Contains(refusal, problems.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Endpoints_carry_weight_priority_zone_health_and_workload()
    {
        var problems = new Problems();
        var endpoints = ClusterCompiler.Endpoints(XdsText.Message<ClusterLoadAssignment>("""
            {
              "cluster_name": "c",
              "endpoints": [
                {"locality": {"zone": "z1"}, "lb_endpoints": [
                  {"endpoint": {"address": {"socket_address": {"address": "10.0.0.1", "port_value": 80}}}, "load_balancing_weight": 5,
                   "metadata": {"filter_metadata": {"istio": {"workload": "backend;default;backend;v2;Kubernetes"}}}},
                  {"endpoint": {"hostname": "b.example", "address": {"socket_address": {"address": "10.0.0.2", "port_value": 81}}}, "health_status": "UNHEALTHY"}]},
                {"priority": 1, "lb_endpoints": [
                  {"endpoint": {"address": {"socket_address": {"address": "10.0.0.3", "port_value": 82}}}, "health_status": "DRAINING"}]}]
            }
            """), problems);

        Assert.True(problems.IsEmpty);
        Assert.Collection(
            endpoints,
            first => Assert.Equal(
                new EndpointModel
                {
                    Address = IPEndPoint.Parse("10.0.0.1:80"),
                    HostName = "10.0.0.1",
                    Weight = 5,
                    Zone = "z1",
                    Locality = "/z1/",
                    Workload = "backend;default;backend;v2;Kubernetes",
                },
                first),
            second =>
            {
                Assert.False(second.IsHealthy);
                Assert.Equal("b.example", second.HostName);
                Assert.Equal(1u, second.Weight);
            },
            third =>
            {
                Assert.True(third.IsDraining);
                Assert.Equal(1, third.Priority);
            });
    }

    [Fact]
    public void A_health_check_and_a_retry_budget()
    {
        var cluster = Compile("""
            {
              "name": "c",
              "circuit_breakers": {"thresholds": [{"retry_budget": {"budget_percent": {"value": 25}}}]},
              "health_checks": [{
                "timeout": "2s", "interval": "7s", "unhealthy_interval": "1s", "interval_jitter": "0.5s", "unhealthy_threshold": 3, "healthy_threshold": 2,
                "http_health_check": {"path": "/ok", "expected_statuses": [{"start": 200, "end": 300}]}
              }]
            }
            """);

        Assert.Equal(new RetryBudget(25, 3), cluster.Limits.Budget);
        var check = cluster.HealthCheck!;
        Assert.Equal((2_000, 7_000, 1_000, 1_000, 7_000), (check.Timeout, check.Interval, check.UnhealthyInterval, check.UnhealthyEdgeInterval, check.HealthyEdgeInterval));
        Assert.Equal((500, 3u, 2u), (check.Jitter, check.UnhealthyThreshold, check.HealthyThreshold));
        var question = Assert.IsType<HealthQuestionModel.Http>(check.Question);
        Assert.Equal(("c", new StatusRange(200, 300)), (question.Host, Assert.Single(question.Expected)));
    }

    [Theory]
    [InlineData("""{"interval": "1s"}""", "health_checks: one of http_health_check, tcp_health_check and grpc_health_check is needed")]
    [InlineData("""{"http_health_check": {"path": "ok"}}""", "health_checks: http_health_check.path: 'ok' does not begin with /")]
    [InlineData("""{"interval": "0s", "tcp_health_check": {}}""", "health_checks: interval: must be at least a millisecond")]
    [InlineData("""{"tcp_health_check": {"send": {"text": "xy"}}}""", "health_checks: tcp_health_check: text 'xy' is not hexadecimal")]
    [InlineData(
        """{"http_health_check": {"path": "/", "expected_statuses": [{"start": 300, "end": 200}]}}""",
        "health_checks: statuses from 300 to before 200: not a range within 100 to 600")]
    public void A_health_check_that_cannot_be(string check, string problem)
    {
        var problems = new Problems();
        _ = ClusterCompiler.Compile(XdsText.Message<Cluster>($$"""{"name": "c", "health_checks": [{{check}}]}"""), problems);
        Assert.Equal(problem, problems.ToString());
    }

    private static ClusterModel Compile(string json)
    {
        var problems = new Problems();
        var cluster = ClusterCompiler.Compile(XdsText.Message<Cluster>(json), problems);
        Assert.Equal("", problems.ToString());
        return cluster;
    }
}
