using Mizzen.Testing;

namespace Mizzen.ControlPlane.Tests.Translation;

/// <summary>The nine steps of <c>samples/time</c>, as far as proxies hear of them.</summary>
public sealed class TimeSampleTests
{
    private const string Gateway = """
        apiVersion: v1
        kind: Service
        metadata: {name: istio-ingressgateway, namespace: istio-system}
        spec:
          selector: {istio: ingressgateway}
          ports: [{name: http2, port: 80, targetPort: 8080}]
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: istio-ingressgateway-0, namespace: istio-system, labels: {istio: ingressgateway}}
        """;

    private const string Middleware = "middleware.default.svc.cluster.local";

    [Fact]
    public void Before_any_rule_every_version_gets_traffic()
    {
        var frontend = Configured.Sidecar(Mesh(), "frontend-prod");

        Assert.Equal([$"/* -> outbound|80||{Middleware}"], frontend.Routes("80", Middleware + ":80"));
        Assert.Equal(2, frontend.Addresses($"outbound|80||{Middleware}").Count());
        Assert.Equal(["/* -> PassthroughCluster"], frontend.Routes("80", "allow_any"));
    }

    [Fact]
    public void Step_1_new_replicas_are_endpoints()
    {
        var middleware = Configured.Sidecar(Mesh("1-scale.yaml"), "middleware-prod");

        Assert.Equal(5, middleware.Addresses("outbound|80||backend.default.svc.cluster.local").Count());
    }

    [Fact]
    public void Step_2_the_gateway_listens_on_the_pods_port_and_routes_to_the_frontend()
    {
        var gateway = Configured.Gateway(Mesh("2-gateway.yaml"), "istio-ingressgateway");

        Assert.Equal(["0.0.0.0_8080"], gateway.Resources.Listeners.Keys);
        Assert.Equal(8080u, gateway.Listener("0.0.0.0_8080").Address.SocketAddress.PortValue);
        Assert.Equal(["/* -> outbound|80||frontend.default.svc.cluster.local"], gateway.Routes("http.8080", "*:80"));
    }

    [Fact]
    public void Before_step_2_the_gateway_listens_nowhere() =>
        Assert.Empty(Configured.Gateway(Mesh(), "istio-ingressgateway").Resources.Listeners);

    [Fact]
    public void Step_3_unknown_hosts_are_refused_until_a_ServiceEntry_makes_them_known()
    {
        var closed = Configured.Sidecar(Mesh("3a-registry-only.yaml"), "backend-prod");
        var open = Configured.Sidecar(Mesh("3a-registry-only.yaml", "3b-service-entry.yaml"), "backend-prod");

        Assert.Equal(["/* -> 502"], closed.Routes("80", "block_all"));
        Assert.DoesNotContain(closed.Table("80").VirtualHosts, host => host.Domains.Contains("worldtime.example"));
        Assert.Equal(["/* -> outbound|80||worldtime.example"], open.Routes("80", "worldtime.example:80"));
        Assert.Equal(["worldtime.example:80"], open.Addresses("outbound|80||worldtime.example"));
        Assert.Equal(["/* -> 502"], open.Routes("80", "block_all"));
    }

    [Fact]
    public void Step_4_only_prod_answers()
    {
        var frontend = Configured.Sidecar(Mesh("4-subsets.yaml"), "frontend-prod");

        Assert.Equal([$"/* -> outbound|80|prod|{Middleware}"], frontend.Routes("80", Middleware + ":80"));
        Assert.Single(frontend.Addresses($"outbound|80|prod|{Middleware}"));
        Assert.Single(frontend.Addresses($"outbound|80|canary|{Middleware}"));
    }

    [Fact]
    public void Step_5_a_developer_meets_the_canary()
    {
        var frontend = Configured.Sidecar(Mesh("4-subsets.yaml", "5-header.yaml"), "frontend-prod");

        Assert.Equal(
            [$"/* x-dev-user=jason -> outbound|80|canary|{Middleware}", $"/* -> outbound|80|prod|{Middleware}"],
            frontend.Routes("80", Middleware + ":80"));
    }

    [Fact]
    public void Step_6_traffic_is_split()
    {
        var frontend = Configured.Sidecar(Mesh("4-subsets.yaml", "6-weights.yaml"), "frontend-prod");

        Assert.Equal([$"/* -> 80x outbound|80|prod|{Middleware} + 20x outbound|80|canary|{Middleware}"], frontend.Routes("80", Middleware + ":80"));
    }

    [Fact]
    public void Step_8_every_hop_tries_again_what_the_app_answers_5xx()
    {
        var mesh = Mesh("2-gateway.yaml", "4-subsets.yaml", "8-retries.yaml");
        var gateway = Configured.Gateway(mesh, "istio-ingressgateway").Host("http.8080", "*:80");
        var middleware = Configured.Sidecar(mesh, "middleware-canary").Host("80", "backend.default.svc.cluster.local:80");

        Assert.All([gateway, middleware], host => Assert.Equal("3 on 5xx, 2s each", RouteText.Retry(host.Routes[0].Route_.RetryPolicy)));
    }

    [Fact]
    public void Step_9_faults_are_injected_at_the_gateway()
    {
        var gateway = Configured.Gateway(Mesh("2-gateway.yaml", "9-faults.yaml"), "istio-ingressgateway");

        Assert.Equal(["/* -> outbound|80||frontend.default.svc.cluster.local, 50% delayed 2s, 10% 503"], gateway.Routes("http.8080", "*:80"));
    }

    [Fact]
    public void The_workload_is_reached_on_its_own_port()
    {
        var backend = Configured.Sidecar(Mesh(), "backend-prod");
        var chain = backend.Listener("virtualInbound").FilterChains.First(chain => chain.FilterChainMatch.DestinationPort == 3000);

        Assert.Equal("0.0.0.0_3000", chain.Name);
        Assert.Equal("127.0.0.6", backend.Cluster("inbound|3000||").UpstreamBindConfig.SourceAddress.Address);
    }

    private static Model.MeshSnapshot Mesh(params string[] steps) =>
        MeshOf.Yaml([Sample("app.yaml"), Gateway, .. steps.Select(step => Sample("steps", step))]);

    private static string Sample(params string[] path) => File.ReadAllText(Repository.PathOf(["samples", "time", .. path]));
}
