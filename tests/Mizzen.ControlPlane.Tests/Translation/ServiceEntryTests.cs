using Envoy.Config.Cluster.V3;
using Envoy.Extensions.Filters.Network.TcpProxy.V3;

namespace Mizzen.ControlPlane.Tests.Translation;

/// <summary>Hosts that the mesh knows because a ServiceEntry says so.</summary>
public sealed class ServiceEntryTests
{
    private const string Closed = "{outboundTrafficPolicy: {mode: REGISTRY_ONLY}}";

    [Theory]
    [InlineData("resolution: DNS", Cluster.Types.DiscoveryType.StrictDns, "api.example:80")]
    [InlineData("resolution: DNS, endpoints: [{address: a.example}, {address: b.example}]", Cluster.Types.DiscoveryType.StrictDns, "a.example:80 b.example:80")]
    [InlineData("resolution: DNS_ROUND_ROBIN", Cluster.Types.DiscoveryType.LogicalDns, "api.example:80")]
    [InlineData("resolution: STATIC, endpoints: [{address: 192.0.2.1}, {address: 192.0.2.2, ports: {http: 8080}}]", Cluster.Types.DiscoveryType.Eds, "192.0.2.1:80 192.0.2.2:8080")]
    [InlineData("resolution: STATIC, workloadSelector: {labels: {app: reviews}}", Cluster.Types.DiscoveryType.Eds, "10.244.0.3:80 10.244.0.4:80")]
    public void The_resolution_says_where_endpoints_come_from(string spec, Cluster.Types.DiscoveryType type, string addresses)
    {
        var client = Meshes.Client(Entry($"hosts: [api.example], ports: [{{number: 80, name: http, protocol: HTTP}}], {spec}"));

        Assert.Equal(type, client.Cluster("outbound|80||api.example").Type);
        Assert.Equal(addresses.Split(' '), client.Addresses("outbound|80||api.example"));
    }

    [Fact]
    public void With_resolution_NONE_connections_go_where_the_app_dialled() =>
        Assert.Equal(Cluster.Types.DiscoveryType.OriginalDst, Meshes.Client(Entry("hosts: [api.example], ports: [{number: 80, name: http, protocol: HTTP}]")).Cluster("outbound|80||api.example").Type);

    [Fact]
    public void The_target_port_is_where_endpoints_listen() =>
        Assert.Equal(["api.example:8443"], Meshes.Client(Entry("hosts: [api.example], resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP, targetPort: 8443}]")).Addresses("outbound|80||api.example"));

    [Fact]
    public void A_wildcard_stands_for_every_host_below_it() =>
        Assert.Equal(["*.example"], Meshes.Client(Entry("hosts: ['*.example'], ports: [{number: 80, name: http, protocol: HTTP}]")).Host("80", "*.example:80").Domains);

    [Theory]
    [InlineData("addresses: [192.0.2.9]", "192.0.2.9_6379")]
    [InlineData("addresses: [192.0.2.9/32]", "192.0.2.9_6379")]
    [InlineData("addresses: []", "0.0.0.0_6379")]
    public void TCP_is_told_by_its_address_or_by_its_port_alone(string addresses, string listener)
    {
        var client = Meshes.Client(Entry($"hosts: [redis.example], resolution: DNS, {addresses}, ports: [{{number: 6379, name: tcp, protocol: TCP}}]"));

        Assert.Equal("outbound|6379||redis.example", client.Listener(listener).DefaultFilterChain.Filters[0].TypedConfig.Unpack<TcpProxy>().Cluster);
    }

    [Fact]
    public void A_range_of_addresses_is_a_condition_of_its_chain()
    {
        var chain = Meshes.Client(Entry("hosts: [redis.example], resolution: STATIC, addresses: [192.0.2.0/24], ports: [{number: 6379, name: tcp, protocol: TCP}], endpoints: [{address: 192.0.2.1}]"))
            .Listener("0.0.0.0_6379").FilterChains.Single();

        Assert.Equal("192.0.2.0/24", $"{chain.FilterChainMatch.PrefixRanges[0].AddressPrefix}/{chain.FilterChainMatch.PrefixRanges[0].PrefixLen}");
    }

    [Theory]
    [InlineData("{}", "PassthroughCluster")]
    [InlineData(Closed, "BlackHoleCluster")]
    public void TLS_without_an_address_is_told_by_the_name_in_the_handshake(string settings, string others)
    {
        var listener = Meshes.Client(
            Entry("hosts: [api.example], resolution: DNS, ports: [{number: 443, name: tls, protocol: TLS}]"), Meshes.MeshConfig(settings)).Listener("0.0.0.0_443");

        var chain = Assert.Single(listener.FilterChains);
        Assert.Equal(["api.example"], chain.FilterChainMatch.ServerNames);
        Assert.Equal("outbound|443||api.example", chain.Filters[0].TypedConfig.Unpack<TcpProxy>().Cluster);
        Assert.Equal(others, listener.DefaultFilterChain.Filters[0].TypedConfig.Unpack<TcpProxy>().Cluster);
    }

    [Fact]
    public void A_Kubernetes_service_of_the_same_host_stands_before_it() =>
        Assert.Equal(
            Cluster.Types.DiscoveryType.Eds,
            Meshes.Client(Entry($"hosts: [{Meshes.Reviews}], resolution: DNS, ports: [{{number: 80, name: http, protocol: HTTP}}]")).Cluster($"outbound|80||{Meshes.Reviews}").Type);

    [Fact]
    public void Entries_of_one_host_and_namespace_add_their_ports_up()
    {
        var client = Meshes.Client(
            Entry("hosts: [api.example], resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}]", "one"),
            Entry("hosts: [api.example], resolution: DNS, ports: [{number: 8080, name: http-alt, protocol: HTTP}]", "two"));

        Assert.Contains("outbound|80||api.example", client.Resources.Clusters.Keys);
        Assert.Contains("outbound|8080||api.example", client.Resources.Clusters.Keys);
    }

    [Fact]
    public void An_entry_that_is_not_exported_is_unknown_elsewhere() =>
        Assert.DoesNotContain(
            "outbound|80||api.example",
            Meshes.Client(Meshes.Object("ServiceEntry", "own", "hosts: [api.example], exportTo: [.], resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}]", "store")).Resources.Clusters.Keys);

    private static string Entry(string spec, string name = "entry") => Meshes.Object("ServiceEntry", name, spec);
}
