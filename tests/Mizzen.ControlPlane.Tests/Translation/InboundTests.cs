using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Envoy.Extensions.Filters.Network.TcpProxy.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;

namespace Mizzen.ControlPlane.Tests.Translation;

/// <summary>What a workload's proxy does with what is sent to it.</summary>
public sealed class InboundTests
{
    [Theory]
    [InlineData("", "0.0.0.0")]
    [InlineData("bind: 10.244.0.4, ", "10.244.0.4")]
    public void A_port_that_a_Sidecar_opens_is_a_listener_of_its_own(string bind, string address)
    {
        var reviews = Configured.Sidecar(
            Meshes.Mesh(Meshes.Object("Sidecar", "own", $"ingress: [{{port: {{number: 7000, name: http, protocol: HTTP}}, {bind}captureMode: NONE, defaultEndpoint: '127.0.0.1:8080'}}]")), "reviews-v1");
        var listener = reviews.Listener($"inbound_{address}_7000");

        Assert.Equal((address, 7000u, true), (listener.Address.SocketAddress.Address, listener.Address.SocketAddress.PortValue, listener.BindToPort ?? true));
        Assert.All(listener.FilterChains, chain => Assert.Equal(7000u, chain.FilterChainMatch.DestinationPort));
        Assert.DoesNotContain(reviews.Listener("virtualInbound").FilterChains, chain => chain.FilterChainMatch?.DestinationPort == 7000);
        Assert.Equal(["127.0.0.1:8080"], reviews.Addresses("inbound|7000||"));
    }

    [Theory]
    [InlineData("inboundConnectionPool: {http: {http2MaxRequests: 3}}, egress: [{hosts: ['*/*']}]", "inbound|9080||", 3)]
    [InlineData("inboundConnectionPool: {http: {http2MaxRequests: 3}}, ingress: [{port: {number: 9080, name: http, protocol: HTTP}}]", "inbound|9080||", 3)]
    [InlineData("inboundConnectionPool: {http: {http2MaxRequests: 3}}, ingress: [{port: {number: 9080, name: http, protocol: HTTP}, connectionPool: {http: {http2MaxRequests: 4}}}]", "inbound|9080||", 4)]
    public void The_limits_of_a_port_are_its_own_or_those_of_all(string spec, string cluster, uint limit) => Assert.Equal(
        limit,
        Configured.Sidecar(Meshes.Mesh(Meshes.Object("Sidecar", "own", spec)), "reviews-v1").Cluster(cluster).CircuitBreakers.Thresholds[0].MaxRequests);

    [Fact]
    public void Requests_go_to_the_port_that_the_service_means_by_name()
    {
        var reviews = Configured.Sidecar(Meshes.Mesh(), "reviews-v1");
        var manager = reviews.Listener("virtualInbound").FilterChains.First(chain => chain.FilterChainMatch.DestinationPort == 9080)
            .Filters[0].TypedConfig.Unpack<HttpConnectionManager>();
        var host = Assert.Single(manager.RouteConfig.VirtualHosts);
        var route = Assert.Single(host.Routes);

        Assert.Equal(("inbound|9080||", "inbound|http|80", "*"), (manager.RouteConfig.Name, host.Name, Assert.Single(host.Domains)));
        Assert.Equal(("default", "inbound|9080||", "reviews.default.svc.cluster.local:80/*"), (route.Name, route.Route_.Cluster, route.Decorator.Operation));
        Assert.Equal("2 on reset-before-request", RouteText.Retry(route.Route_.RetryPolicy));
        Assert.Equal("istio-envoy", manager.ServerName);
    }

    [Fact]
    public void The_workload_is_called_at_its_own_address_from_one_that_the_redirect_lets_through()
    {
        var cluster = Configured.Sidecar(Meshes.Mesh(), "reviews-v1").Cluster("inbound|9080||");

        Assert.Equal(Envoy.Config.Cluster.V3.Cluster.Types.DiscoveryType.OriginalDst, cluster.Type);
        Assert.Equal("127.0.0.6", cluster.UpstreamBindConfig.SourceAddress.Address);
        Assert.Equal(Meshes.Reviews, Configured.ServiceOf(cluster.Metadata));
    }

    [Theory]
    [InlineData("name: tcp", "PERMISSIVE", "mtls/istio-peer-exchange:tcp raw:tcp tls:tcp")]
    [InlineData("name: tcp", "STRICT", "mtls:tcp")]
    [InlineData("name: tcp", "DISABLE", "any:tcp")]
    [InlineData("name: http", "PERMISSIVE", "mtls/istio-peer-exchange:http raw:http tls:tcp")]
    [InlineData("name: http", "STRICT", "mtls:http")]
    [InlineData("name: http", "DISABLE", "any:http")]
    [InlineData("name: ''", "PERMISSIVE", "mtls/istio-http/1.0:http mtls/istio-peer-exchange:tcp raw/http/1.0:http raw:tcp tls:tcp")]
    [InlineData("name: ''", "STRICT", "mtls/istio-http/1.0:http mtls:tcp")]
    [InlineData("name: ''", "DISABLE", "raw/http/1.0:http raw:tcp tls:tcp")]
    public void What_is_spoken_on_a_port_and_what_it_takes_decide_its_chains(string name, string mode, string expected)
    {
        var mesh = Meshes.Mesh(
            "{apiVersion: v1, kind: Pod, metadata: {name: server, labels: {app: server}}}",
            Meshes.Object("Service", "server", $"selector: {{app: server}}, ports: [{{{name}, port: 5432, targetPort: 9080}}]", version: "v1"),
            Meshes.Object("PeerAuthentication", "default", $"mtls: {{mode: {mode}}}", version: "security.istio.io/v1"));
        var chains = Configured.Sidecar(mesh, "server").Listener("virtualInbound").FilterChains.Where(chain => chain.FilterChainMatch.DestinationPort == 9080);

        Assert.Equal(expected, string.Join(' ', chains.Select(Text)));
    }

    [Fact]
    public void Ports_of_no_service_are_passed_on()
    {
        var listener = Configured.Sidecar(Meshes.Mesh(), "client").Listener("virtualInbound");

        Assert.Equal("virtualInbound-blackhole", listener.FilterChains[0].Name);
        Assert.Equal(
            "mtls/istio-http/1.0:http mtls/istio-peer-exchange:tcp raw/http/1.0:http raw:tcp tls:tcp", string.Join(' ', listener.FilterChains.Skip(1).Select(Text)));
        Assert.Equal("InboundPassthroughCluster", listener.FilterChains[^1].Filters[0].TypedConfig.Unpack<TcpProxy>().Cluster);
    }

    [Fact]
    public void A_server_wants_certificates_of_its_trust_domain_and_tells_the_app_of_them()
    {
        var chain = Configured.Sidecar(Meshes.Mesh(), "reviews-v1").Listener("virtualInbound").FilterChains.First(chain => chain.FilterChainMatch.DestinationPort == 9080);
        var context = chain.TransportSocket.TypedConfig.Unpack<DownstreamTlsContext>();
        var validation = context.CommonTlsContext.CombinedValidationContext;
        var manager = chain.Filters[0].TypedConfig.Unpack<HttpConnectionManager>();

        Assert.True(context.RequireClientCertificate);
        Assert.Equal("default", Assert.Single(context.CommonTlsContext.TlsCertificateSdsSecretConfigs).Name);
        Assert.Equal("ROOTCA", validation.ValidationContextSdsSecretConfig.Name);
        Assert.Equal("spiffe://cluster.local/", Assert.Single(validation.DefaultValidationContext.MatchSubjectAltNames).Prefix);
        Assert.Equal(HttpConnectionManager.Types.ForwardClientCertDetails.AppendForward, manager.ForwardClientCertDetails);
    }

    [Fact]
    public void A_pod_that_is_not_ready_is_configured_all_the_same_but_gets_no_traffic()
    {
        var mesh = Meshes.Mesh("""
            apiVersion: v1
            kind: Pod
            metadata: {name: reviews-v2, labels: {app: reviews, version: v2}}
            spec: {containers: [{name: app, ports: [{name: web, containerPort: 9080}]}]}
            status: {podIP: 10.244.5.5, conditions: [{type: Ready, status: "False"}]}
            """);

        Assert.True(Configured.Sidecar(mesh, "reviews-v2").Resources.Clusters.ContainsKey("inbound|9080||"));
        Assert.DoesNotContain("10.244.5.5:9080", Configured.Sidecar(mesh, "client").Addresses($"outbound|80||{Meshes.Reviews}"));
    }

    [Theory]
    [InlineData("127.0.0.1:8080", "127.0.0.1:8080")]
    [InlineData("0.0.0.0:8080", "10.244.0.3:8080")]
    public void A_Sidecar_may_open_other_ports_and_lead_them_elsewhere_in_the_pod(string endpoint, string expected)
    {
        var mesh = Meshes.Mesh(Meshes.Object("Sidecar", "own", $"ingress: [{{port: {{number: 7000, name: http, protocol: HTTP}}, defaultEndpoint: '{endpoint}'}}]"));
        var reviews = Configured.Sidecar(mesh, "reviews-v1");

        Assert.Equal([expected], reviews.Addresses("inbound|7000||"));
        Assert.False(reviews.Resources.Clusters.ContainsKey("inbound|9080||"));
    }

    /// <summary>A chain as <c>transport/first protocol:filter</c>; <c>mtls</c> where TLS is ended.</summary>
    private static string Text(Envoy.Config.Listener.V3.FilterChain chain)
    {
        var match = chain.FilterChainMatch;
        var transport = chain.TransportSocket is not null ? "mtls" : match.TransportProtocol switch { "" => "any", "raw_buffer" => "raw", var other => other };
        var protocol = match.ApplicationProtocols.Count > 0 ? "/" + match.ApplicationProtocols[0] : "";
        return $"{transport}{protocol}:{(chain.Filters[0].Name.EndsWith("tcp_proxy", StringComparison.Ordinal) ? "tcp" : "http")}";
    }
}
