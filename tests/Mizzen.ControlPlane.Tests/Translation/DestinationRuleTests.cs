using Envoy.Config.Cluster.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using HttpProtocolOptions = Envoy.Extensions.Upstreams.Http.V3.HttpProtocolOptions;

namespace Mizzen.ControlPlane.Tests.Translation;

/// <summary>Subsets and traffic policies, and whose rule counts.</summary>
public sealed class DestinationRuleTests
{
    private const string Plain = $"outbound|80||{Meshes.Reviews}";

    [Fact]
    public void A_subset_has_the_pods_with_its_labels()
    {
        var client = Meshes.Client(Rule("subsets: [{name: v1, labels: {version: v1}}, {name: v3, labels: {version: v3}}]"));

        Assert.Equal(["10.244.0.3:9080"], client.Addresses($"outbound|80|v1|{Meshes.Reviews}"));
        Assert.Empty(client.Addresses($"outbound|80|v3|{Meshes.Reviews}"));
        Assert.Equal(2, client.Addresses(Plain).Count());
    }

    [Theory]
    [InlineData("", Cluster.Types.LbPolicy.LeastRequest)]
    [InlineData("simple: LEAST_REQUEST", Cluster.Types.LbPolicy.LeastRequest)]
    [InlineData("simple: LEAST_CONN", Cluster.Types.LbPolicy.LeastRequest)]
    [InlineData("simple: ROUND_ROBIN", Cluster.Types.LbPolicy.RoundRobin)]
    [InlineData("simple: RANDOM", Cluster.Types.LbPolicy.Random)]
    [InlineData("simple: PASSTHROUGH", Cluster.Types.LbPolicy.ClusterProvided)]
    public void Endpoints_are_chosen_as_the_policy_says(string balancer, Cluster.Types.LbPolicy expected) =>
        Assert.Equal(expected, Meshes.Client(Rule($"trafficPolicy: {{loadBalancer: {{{balancer}}}}}")).Cluster(Plain).LbPolicy);

    [Theory]
    [InlineData("{}", Envoy.Config.Core.V3.ProxyProtocolConfig.Types.Version.V1)]
    [InlineData("{version: V2}", Envoy.Config.Core.V3.ProxyProtocolConfig.Types.Version.V2)]
    public void Endpoints_are_told_whose_a_connection_is_under_what_secures_it(string header, Envoy.Config.Core.V3.ProxyProtocolConfig.Types.Version version)
    {
        var cluster = Meshes.Client(Rule($"trafficPolicy: {{tls: {{mode: ISTIO_MUTUAL}}, proxyProtocol: {header}}}")).Cluster(Plain);
        var socket = cluster.TransportSocket.TypedConfig.Unpack<Envoy.Extensions.TransportSockets.ProxyProtocol.V3.ProxyProtocolUpstreamTransport>();

        Assert.Equal(("envoy.transport_sockets.upstream_proxy_protocol", version), (cluster.TransportSocket.Name, socket.Config.Version));
        Assert.Equal("envoy.transport_sockets.tls", socket.TransportSocket.Name);
    }

    [Fact]
    public void Without_a_rule_there_are_no_limits_and_nobody_is_ejected()
    {
        var cluster = Meshes.Client().Cluster(Plain);
        var limits = Assert.Single(cluster.CircuitBreakers.Thresholds);

        Assert.Equal((uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue), (limits.MaxConnections, limits.MaxPendingRequests, limits.MaxRequests, limits.MaxRetries));
        Assert.Null(cluster.OutlierDetection);
        Assert.Equal(10, cluster.ConnectTimeout.Seconds);
    }

    [Fact]
    public void Limits_and_timeouts_of_the_pool_are_the_clusters()
    {
        var cluster = Meshes.Client(Rule(
            "trafficPolicy: {connectionPool: {tcp: {maxConnections: 1, connectTimeout: 3s}, http: {http1MaxPendingRequests: 2, http2MaxRequests: 3, maxRetries: 4, maxRequestsPerConnection: 5, idleTimeout: 6s}}}"))
            .Cluster(Plain);
        var limits = cluster.CircuitBreakers.Thresholds[0];
        var options = cluster.TypedExtensionProtocolOptions["envoy.extensions.upstreams.http.v3.HttpProtocolOptions"].Unpack<HttpProtocolOptions>().CommonHttpProtocolOptions;

        Assert.Equal((1u, 2u, 3u, 4u), (limits.MaxConnections, limits.MaxPendingRequests, limits.MaxRequests, limits.MaxRetries));
        Assert.Equal((3L, 5u, 6L), (cluster.ConnectTimeout.Seconds, options.MaxRequestsPerConnection, options.IdleTimeout.Seconds));
    }

    [Theory]
    [InlineData("retryBudget: {percent: 50, minRetryConcurrency: 7}", 50, 7)]
    [InlineData("retryBudget: {percent: 5}", 5, 3)]
    [InlineData("retryBudget: {minRetryConcurrency: 1}", 20, 1)]
    public void A_retry_budget_is_a_share_of_the_requests_under_way(string policy, double percent, uint least)
    {
        var budget = Meshes.Client(Rule($"trafficPolicy: {{{policy}}}")).Cluster(Plain).CircuitBreakers.Thresholds[0].RetryBudget;

        Assert.Equal((percent, least), (budget.BudgetPercent.Value, budget.MinRetryConcurrency));
    }

    [Fact]
    public void Outlier_detection_has_Istios_defaults_and_switches_panic_off()
    {
        var cluster = Meshes.Client(Rule("trafficPolicy: {outlierDetection: {interval: 1s, maxEjectionPercent: 100}}")).Cluster(Plain);

        Assert.Equal((5u, 100u, 0u), (cluster.OutlierDetection.Consecutive5Xx, cluster.OutlierDetection.EnforcingConsecutive5Xx, cluster.OutlierDetection.EnforcingSuccessRate));
        Assert.Null(cluster.OutlierDetection.EnforcingConsecutiveGatewayFailure);
        Assert.Equal(0, cluster.CommonLbConfig.HealthyPanicThreshold.Value);
    }

    [Fact]
    public void Gateway_errors_are_counted_when_asked_for_and_5xx_not_when_switched_off()
    {
        var outlier = Meshes.Client(Rule("trafficPolicy: {outlierDetection: {consecutiveGatewayErrors: 3, consecutive5xxErrors: 0}}")).Cluster(Plain).OutlierDetection;

        Assert.Equal((3u, 100u, 0u), (outlier.ConsecutiveGatewayFailure, outlier.EnforcingConsecutiveGatewayFailure, outlier.EnforcingConsecutive5Xx));
    }

    [Fact]
    public void A_subset_replaces_blocks_and_a_port_replaces_everything()
    {
        var client = Meshes.Client(Rule("""
            trafficPolicy: {loadBalancer: {simple: RANDOM}, connectionPool: {tcp: {maxConnections: 7}}},
            subsets: [
              {name: a, trafficPolicy: {loadBalancer: {simple: ROUND_ROBIN}}},
              {name: b, trafficPolicy: {portLevelSettings: [{port: {number: 80}, loadBalancer: {simple: ROUND_ROBIN}}]}}]
            """));
        string Of(string subset)
        {
            var cluster = client.Cluster($"outbound|80|{subset}|{Meshes.Reviews}");
            return $"{cluster.LbPolicy} {cluster.CircuitBreakers.Thresholds[0].MaxConnections}";
        }

        Assert.Equal("Random 7", Of(""));
        Assert.Equal("RoundRobin 7", Of("a"));
        Assert.Equal($"RoundRobin {uint.MaxValue}", Of("b"));
    }

    [Theory]
    [InlineData("default", "istio-system", "default")]
    [InlineData("store", "istio-system", "istio-system")]
    [InlineData("istio-system", "default", "default")]
    public void The_clients_own_rule_stands_before_the_services_and_that_before_the_roots(string one, string other, string wins)
    {
        // The client lives in default, as reviews does; a rule of store is none of theirs.
        var client = Meshes.Client(
            Meshes.Object("DestinationRule", "one", $"host: {Meshes.Reviews}, trafficPolicy: {{loadBalancer: {{simple: RANDOM}}}}", one),
            Meshes.Object("DestinationRule", "other", $"host: {Meshes.Reviews}, trafficPolicy: {{loadBalancer: {{simple: ROUND_ROBIN}}}}", other));

        Assert.Equal(wins == one ? Cluster.Types.LbPolicy.Random : Cluster.Types.LbPolicy.RoundRobin, client.Cluster(Plain).LbPolicy);
    }

    [Fact]
    public void A_rule_that_is_not_exported_does_not_count_elsewhere()
    {
        var mesh = Meshes.Mesh(
            "{apiVersion: v1, kind: Pod, metadata: {name: asker, namespace: store}}",
            Rule("exportTo: [.], trafficPolicy: {loadBalancer: {simple: RANDOM}}"));

        Assert.Equal(Cluster.Types.LbPolicy.LeastRequest, Configured.Sidecar(mesh, "asker").Cluster(Plain).LbPolicy);
        Assert.Equal(Cluster.Types.LbPolicy.Random, Configured.Sidecar(mesh, "client").Cluster(Plain).LbPolicy);
    }

    [Fact]
    public void The_most_specific_host_counts()
    {
        var client = Meshes.Client(
            Meshes.Object("DestinationRule", "wide", "host: '*.default.svc.cluster.local', trafficPolicy: {loadBalancer: {simple: RANDOM}}"),
            Rule("trafficPolicy: {loadBalancer: {simple: ROUND_ROBIN}}"));

        Assert.Equal(Cluster.Types.LbPolicy.RoundRobin, client.Cluster(Plain).LbPolicy);
        Assert.Equal(Cluster.Types.LbPolicy.Random, client.Cluster($"outbound|80||{Meshes.Ratings}").LbPolicy);
    }

    [Fact]
    public void Rules_of_one_host_and_namespace_add_up_the_oldest_first()
    {
        var client = Meshes.Client(
            Meshes.Object("DestinationRule", "first", "host: reviews, trafficPolicy: {loadBalancer: {simple: RANDOM}}, subsets: [{name: v1, labels: {version: v1}}]"),
            Meshes.Object("DestinationRule", "second", "host: reviews, trafficPolicy: {loadBalancer: {simple: ROUND_ROBIN}}, subsets: [{name: v1, labels: {version: v2}}, {name: v2, labels: {version: v2}}]"));

        Assert.Equal(Cluster.Types.LbPolicy.Random, client.Cluster(Plain).LbPolicy);
        Assert.Equal(["10.244.0.3:9080"], client.Addresses($"outbound|80|v1|{Meshes.Reviews}"));
        Assert.Equal(["10.244.0.4:9080"], client.Addresses($"outbound|80|v2|{Meshes.Reviews}"));
    }

    [Fact]
    public void A_rule_with_a_workloadSelector_counts_for_those_clients_only()
    {
        var rule = Rule("workloadSelector: {matchLabels: {app: client}}, trafficPolicy: {loadBalancer: {simple: RANDOM}}");

        Assert.Equal(Cluster.Types.LbPolicy.Random, Configured.Sidecar(Meshes.Mesh(rule), "client").Cluster(Plain).LbPolicy);
        Assert.Equal(Cluster.Types.LbPolicy.LeastRequest, Configured.Sidecar(Meshes.Mesh(rule), "reviews-v1").Cluster(Plain).LbPolicy);
    }

    [Fact]
    public void Where_encryption_is_asked_for_there_is_no_cluster_rather_than_clear_text() =>
        Assert.False(Meshes.Client(Rule("trafficPolicy: {tls: {mode: SIMPLE, credentialName: c}}")).Resources.Clusters.ContainsKey(Plain));

    [Theory]
    [InlineData("mode: SIMPLE", "sni=, host name, system roots")]
    [InlineData("mode: SIMPLE, sni: api.example.com", "sni=api.example.com, its name, system roots")]
    [InlineData("mode: SIMPLE, sni: api.example.com, subjectAltNames: [a.example.com], caCertificates: /etc/ca.pem", "sni=api.example.com, a.example.com, /etc/ca.pem")]
    [InlineData("mode: SIMPLE, insecureSkipVerify: true", "sni=, host name, anybody")]
    [InlineData("mode: MUTUAL, clientCertificate: /c.pem, privateKey: /k.pem, sni: x", "sni=x, its name, system roots, /c.pem with /k.pem")]
    public void Encryption_to_servers_outside_is_as_the_rule_says(string tls, string expected)
    {
        var socket = Meshes.Client(Rule($"trafficPolicy: {{tls: {{{tls}}}}}")).Cluster(Plain).TransportSocket;

        Assert.Equal(expected, Text(socket.TypedConfig.Unpack<UpstreamTlsContext>()));
    }

    private static string Text(UpstreamTlsContext context)
    {
        var validation = context.CommonTlsContext.ValidationContext;
        var names = context.AutoHostSni ? "host name" : context.AutoSniSanValidation ? "its name" : string.Join(' ', validation.MatchSubjectAltNames.Select(name => name.Exact));
        var trust = validation.SystemRootCerts is not null ? "system roots" : validation.TrustedCa?.Filename ?? "anybody";
        var own = context.CommonTlsContext.TlsCertificates.Select(certificate => $", {certificate.CertificateChain.Filename} with {certificate.PrivateKey.Filename}");
        return $"sni={context.Sni}, {names}, {trust}{string.Concat(own)}";
    }

    [Fact]
    public void A_cluster_says_which_service_and_rule_it_comes_from_and_an_endpoint_which_workload()
    {
        var client = Meshes.Client(Rule("subsets: [{name: v1, labels: {version: v1}}]"));
        var cluster = client.Cluster($"outbound|80|v1|{Meshes.Reviews}");

        Assert.Equal(Meshes.Reviews, Configured.ServiceOf(cluster.Metadata));
        Assert.Equal("/apis/networking.istio.io/v1/namespaces/default/destination-rule/reviews", cluster.Metadata.FilterMetadata["istio"].Fields["config"].StringValue);
        Assert.Equal(
            "reviews-v1;default;reviews;v1;Kubernetes",
            client.Assignment(cluster.Name).Endpoints[0].LbEndpoints[0].Metadata.FilterMetadata["istio"].Fields["workload"].StringValue);
    }

    private static string Rule(string spec) => Meshes.Object("DestinationRule", "reviews", $"host: reviews, {spec}");
}
