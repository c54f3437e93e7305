using Envoy.Config.Listener.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Envoy.Extensions.Filters.Network.TcpProxy.V3;

namespace Mizzen.ControlPlane.Tests.Translation;

/// <summary>Which connections of an app are taken for what, and where unknown ones go.</summary>
public sealed class SidecarOutboundTests
{
    [Theory]
    [InlineData("{name: http, port: 8080}", "0.0.0.0_8080", "http 8080, else PassthroughCluster")]
    [InlineData("{name: http-web, port: 8080}", "0.0.0.0_8080", "http 8080, else PassthroughCluster")]
    [InlineData("{name: grpc-web, port: 8080}", "0.0.0.0_8080", "http 8080, else PassthroughCluster")]
    [InlineData("{name: x, appProtocol: http, port: 8080}", "0.0.0.0_8080", "http 8080, else PassthroughCluster")]
    [InlineData("{name: x, appProtocol: kubernetes.io/ws, port: 8080}", "0.0.0.0_8080", "http 8080, else PassthroughCluster")]
    [InlineData("{name: http, appProtocol: tcp, port: 8080}", "10.96.1.1_8080", "outbound|8080||other.default.svc.cluster.local")]
    [InlineData("{name: tcp-db, port: 5432}", "10.96.1.1_5432", "outbound|5432||other.default.svc.cluster.local")]
    [InlineData("{name: mongo, port: 27017}", "10.96.1.1_27017", "outbound|27017||other.default.svc.cluster.local")]
    [InlineData("{name: https, port: 443}", "10.96.1.1_443", "outbound|443||other.default.svc.cluster.local")]
    [InlineData("{name: grpc, port: 50051}", "0.0.0.0_50051", "http 50051, else PassthroughCluster")]
    [InlineData("{name: http2-web, port: 8080}", "0.0.0.0_8080", "http 8080, else PassthroughCluster")]
    [InlineData("{name: x, appProtocol: kubernetes.io/h2c, port: 8080}", "0.0.0.0_8080", "http 8080, else PassthroughCluster")]
    [InlineData("{port: 3306}", "10.96.1.1_3306", "outbound|3306||other.default.svc.cluster.local")]
    [InlineData("{port: 9000}", "10.96.1.1_9000", "http other.default.svc.cluster.local:9000, else outbound|9000||other.default.svc.cluster.local")]
    [InlineData("{name: web, port: 9000}", "10.96.1.1_9000", "http other.default.svc.cluster.local:9000, else outbound|9000||other.default.svc.cluster.local")]
    public void The_name_of_a_port_tells_its_protocol(string port, string listener, string expected)
    {
        var client = Meshes.Client(Meshes.Object("Service", "other", $"clusterIP: 10.96.1.1, selector: {{app: ratings}}, ports: [{port}]", version: "v1"));

        Assert.Equal(expected, Text(client.Listener(listener)));
        Assert.False(client.Listener(listener).BindToPort);
    }

    [Fact]
    public void UDP_is_not_taken() =>
        Assert.Equal(
            ["0.0.0.0_80", "virtualInbound", "virtualOutbound"],
            Meshes.Client(Meshes.Object("Service", "dns", "clusterIP: 10.96.1.1, selector: {app: a}, ports: [{name: dns, protocol: UDP, port: 53}]", version: "v1"))
                .Resources.Listeners.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void A_headless_service_has_a_listener_for_each_of_its_pods_and_keeps_the_address_that_was_dialled()
    {
        var client = Meshes.Client(Meshes.Object("Service", "db", "clusterIP: None, selector: {app: reviews}, ports: [{name: tcp, port: 5432}]", version: "v1"));

        Assert.Equal(
            ["10.244.0.3_5432", "10.244.0.4_5432"], client.Resources.Listeners.Keys.Where(name => name.EndsWith("_5432", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal(Envoy.Config.Cluster.V3.Cluster.Types.DiscoveryType.OriginalDst, client.Cluster("outbound|5432||db.default.svc.cluster.local").Type);
    }

    [Theory]
    [InlineData("default", "reviews reviews.default reviews.default.svc reviews.default.svc.cluster.local reviews.default.svc.cluster.local. 10.96.0.1")]
    [InlineData("store", "reviews.default reviews.default.svc reviews.default.svc.cluster.local reviews.default.svc.cluster.local. 10.96.0.1")]
    public void A_service_is_known_under_every_name_that_DNS_gives_it(string ns, string expected)
    {
        var mesh = Meshes.Mesh($"{{apiVersion: v1, kind: Pod, metadata: {{name: asker, namespace: {ns}}}}}");
        var domains = Configured.Sidecar(mesh, "asker").Host("80", Meshes.Reviews + ":80").Domains;

        Assert.Equal(expected.Split(' ').Order(StringComparer.Ordinal), domains.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_pods_of_a_headless_service_are_known_by_name() =>
        Assert.Contains(
            "*.web.default.svc.cluster.local",
            Meshes.Client(Meshes.Object("Service", "web", "clusterIP: None, selector: {app: reviews}, ports: [{name: http, port: 80}]", version: "v1"))
                .Host("80", "web.default.svc.cluster.local:80").Domains);

    [Fact]
    public void An_ExternalName_service_is_another_name_of_a_host_that_the_mesh_knows() =>
        Assert.Contains(
            "alias",
            Meshes.Client(Meshes.Object("Service", "alias", "type: ExternalName, externalName: reviews.default.svc.cluster.local", version: "v1")).Host("80", Meshes.Reviews + ":80").Domains);

    [Theory]
    [InlineData("", "/* -> PassthroughCluster", "PassthroughCluster")]
    [InlineData("{outboundTrafficPolicy: {mode: ALLOW_ANY}}", "/* -> PassthroughCluster", "PassthroughCluster")]
    [InlineData("{outboundTrafficPolicy: {mode: REGISTRY_ONLY}}", "/* -> 502", "BlackHoleCluster")]
    public void What_the_mesh_does_not_know_passes_or_is_refused(string config, string http, string tcp)
    {
        var client = Meshes.Client(Meshes.MeshConfig(config.Length > 0 ? config : "{}"));

        Assert.Equal([http], client.Table("80").VirtualHosts.Single(host => host.Domains.Contains("*")).Routes.Select(RouteText.Of));
        Assert.Equal(tcp, Text(client.Listener("virtualOutbound")));
        Assert.Equal("http 80, else " + tcp, Text(client.Listener("0.0.0.0_80")));
    }

    [Fact]
    public void Dialling_the_capture_port_itself_leads_nowhere()
    {
        var chain = Meshes.Client().Listener("virtualOutbound").FilterChains.Single();

        Assert.Equal(("virtualOutbound-blackhole", 15001u), (chain.Name, chain.FilterChainMatch.DestinationPort));
        Assert.Equal("BlackHoleCluster", Cluster(chain));
    }

    [Fact]
    public void A_port_in_the_Host_header_does_not_matter() => Assert.True(Meshes.Client().Table("80").IgnorePortInHostMatching);

    [Fact]
    public void TCP_rules_split_connections()
    {
        var client = Meshes.Client(
            Meshes.Object("Service", "db", "clusterIP: 10.96.1.1, selector: {app: ratings}, ports: [{name: tcp, port: 5432}]", version: "v1"),
            Meshes.VirtualService("hosts: [db], tcp: [{match: [{port: 5432}], route: [{destination: {host: db, subset: a}, weight: 9}, {destination: {host: db, subset: b}, weight: 1}]}]"));
        var proxy = client.Listener("10.96.1.1_5432").DefaultFilterChain.Filters[0].TypedConfig.Unpack<TcpProxy>();

        Assert.Equal(
            ["9x outbound|5432|a|db.default.svc.cluster.local", "1x outbound|5432|b|db.default.svc.cluster.local"],
            proxy.WeightedClusters.Clusters.Select(cluster => $"{cluster.Weight}x {cluster.Name}"));
    }

    [Fact]
    public void An_access_log_is_written_only_when_the_mesh_names_a_file()
    {
        Assert.Empty(Manager(Meshes.Client(), "0.0.0.0_80").AccessLog);

        var json = Log("{accessLogFile: /dev/stdout, accessLogEncoding: JSON}");
        Assert.Equal(("/dev/stdout", "%RESPONSE_FLAGS%"), (json.Path, json.LogFormat.JsonFormat.Fields["response_flags"].StringValue));
        Assert.StartsWith("[%START_TIME%] \"%REQ(:METHOD)%", Log("{accessLogFile: /dev/stdout}").LogFormat.TextFormatSource.InlineString, StringComparison.Ordinal);
        Assert.Equal("%PROTOCOL%", Log("{accessLogFile: /dev/stdout, accessLogFormat: \"%PROTOCOL%\"}").LogFormat.TextFormatSource.InlineString);
        Assert.Equal(["p"], Log("{accessLogFile: /x, accessLogEncoding: JSON, accessLogFormat: \"{\\\"p\\\": \\\"%PROTOCOL%\\\"}\"}").LogFormat.JsonFormat.Fields.Keys);
    }

    private static Envoy.Extensions.AccessLoggers.File.V3.FileAccessLog Log(string config) =>
        Manager(Meshes.Client(Meshes.MeshConfig(config)), "0.0.0.0_80").AccessLog.Single().TypedConfig.Unpack<Envoy.Extensions.AccessLoggers.File.V3.FileAccessLog>();

    private static HttpConnectionManager Manager(Configured client, string listener) =>
        client.Listener(listener).FilterChains[0].Filters[0].TypedConfig.Unpack<HttpConnectionManager>();

    private static string Text(Listener listener)
    {
        var http = listener.FilterChains.Where(chain => chain.FilterChainMatch?.ApplicationProtocols.Contains("http/1.1") ?? false)
            .Select(chain => "http " + chain.Filters[0].TypedConfig.Unpack<HttpConnectionManager>().Rds.RouteConfigName + ", else ");
        return string.Concat(http) + Cluster(listener.DefaultFilterChain);
    }

    private static string Cluster(FilterChain chain) => chain.Filters[0].TypedConfig.Unpack<TcpProxy>().Cluster;
}
