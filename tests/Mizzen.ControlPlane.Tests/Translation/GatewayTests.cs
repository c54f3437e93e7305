using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Envoy.Extensions.Filters.Network.TcpProxy.V3;

namespace Mizzen.ControlPlane.Tests.Translation;

/// <summary>What gateways open, and which rules they serve.</summary>
public sealed class GatewayTests
{
    private const string Table = "http.8080";

    [Fact]
    public void A_port_is_opened_where_the_Service_in_front_sends_it()
    {
        var gateway = Meshes.GatewayProxy(Door("a.example"));
        var listener = gateway.Listener("0.0.0.0_8080");
        var manager = listener.FilterChains.Single().Filters[0].TypedConfig.Unpack<HttpConnectionManager>();

        Assert.Equal((8080u, true), (listener.Address.SocketAddress.PortValue, listener.BindToPort != false));
        Assert.Equal((Table, true, "istio-envoy"), (manager.Rds.RouteConfigName, manager.UseRemoteAddress, manager.ServerName));
    }

    [Fact]
    public void A_port_that_no_Service_has_is_opened_as_it_is() =>
        Assert.Equal(["0.0.0.0_9999"], Meshes.GatewayProxy(Meshes.Object("Gateway", "door", "selector: {istio: ingressgateway}, servers: [{port: {number: 9999, name: http, protocol: HTTP}, hosts: ['*']}]")).Resources.Listeners.Keys);

    [Fact]
    public void A_gateway_with_another_selector_is_none_of_it() =>
        Assert.Empty(Meshes.GatewayProxy(Meshes.Object("Gateway", "door", "selector: {istio: egressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}]")).Resources.Listeners);

    [Fact]
    public void Without_rules_every_host_is_unknown()
    {
        var host = Meshes.GatewayProxy(Door("a.example")).Table(Table).VirtualHosts.Single();

        Assert.Equal(("blackhole:80", "*", 0), (host.Name, host.Domains.Single(), host.Routes.Count));
    }

    [Theory]
    [InlineData("a.example", "a.example", "default", "a.example:80")]
    [InlineData("'*.example'", "a.example", "default", "a.example:80")]
    [InlineData("a.example", "'*.example'", "default", "a.example:80")]
    [InlineData("'*'", "'*'", "default", "*:80")]
    [InlineData("'*'", "reviews", "default", "reviews.default.svc.cluster.local:80")]
    [InlineData("default/a.example", "a.example", "default", "a.example:80")]
    [InlineData("./a.example", "a.example", "default", "a.example:80")]
    [InlineData("./a.example", "a.example", "store", null)]
    [InlineData("store/a.example", "a.example", "default", null)]
    [InlineData("a.example", "b.example", "default", null)]
    public void A_rule_is_served_under_the_narrower_of_its_hosts_and_the_servers(string server, string rule, string ns, string? expected)
    {
        var table = Meshes.GatewayProxy(
            Door(server), Meshes.VirtualService($"hosts: [{rule}], gateways: [default/door], http: [{{directResponse: {{status: 200}}}}]", ns: ns)).Table(Table);

        Assert.Equal(expected ?? "blackhole:80", table.VirtualHosts.Single().Name);
    }

    [Fact]
    public void Rules_of_one_host_are_joined_and_those_that_take_everything_come_last() =>
        Assert.Equal(
            ["=/a -> 200", "=/b -> 200", "/* -> 201", "/* -> 202"],
            Meshes.GatewayProxy(
                Door("a.example"),
                Bound("{match: [{uri: {exact: /a}}], directResponse: {status: 200}}, {directResponse: {status: 201}}", "one"),
                Bound("{match: [{uri: {exact: /b}}], directResponse: {status: 200}}, {directResponse: {status: 202}}", "two")).Routes(Table, "a.example:80"));

    [Fact]
    public void Gateways_of_one_port_share_it() =>
        Assert.Equal(
            ["a.example:80", "b.example:80"],
            Meshes.GatewayProxy(
                Door("a.example"),
                Meshes.Object("Gateway", "second", "selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [b.example]}]", "store"),
                Bound("{directResponse: {status: 200}}", "one"),
                Meshes.VirtualService("hosts: [b.example], gateways: [second], http: [{directResponse: {status: 200}}]", ns: "store"))
                .Table(Table).VirtualHosts.Select(host => host.Name));

    [Theory]
    [InlineData("gateways: [door]", true)]
    [InlineData("gateways: [mesh]", false)]
    [InlineData("port: 80", true)]
    [InlineData("port: 8080", false)]
    public void A_condition_may_name_the_gateway_or_the_port_that_clients_dial(string match, bool serves)
    {
        var table = Meshes.GatewayProxy(Door("a.example"), Bound($"{{match: [{{{match}}}], directResponse: {{status: 200}}}}", "one")).Table(Table);

        Assert.Equal(serves ? "a.example:80" : "blackhole:80", table.VirtualHosts.Single().Name);
    }

    [Fact]
    public void Plain_requests_may_be_sent_to_https() =>
        Assert.Equal(
            ["/* -> MovedPermanently https://"],
            Meshes.GatewayProxy(
                Meshes.Object("Gateway", "door", "selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [a.example], tls: {httpsRedirect: true}}]"),
                Bound("{directResponse: {status: 200}}", "one")).Routes(Table, "a.example:80"));

    [Fact]
    public void TCP_goes_where_a_tcp_rule_says()
    {
        var gateway = Meshes.GatewayProxy(
            Meshes.Object("Gateway", "door", "selector: {istio: ingressgateway}, servers: [{port: {number: 5432, name: tcp, protocol: TCP}, hosts: ['*']}]"),
            Meshes.VirtualService("hosts: ['*'], gateways: [door], tcp: [{match: [{port: 5432}], route: [{destination: {host: ratings, port: {number: 80}}}]}]"));

        Assert.Equal($"outbound|80||{Meshes.Ratings}", gateway.Listener("0.0.0.0_5432").FilterChains.Single().Filters[0].TypedConfig.Unpack<TcpProxy>().Cluster);
    }

    [Fact]
    public void A_gateway_never_dials_where_its_own_connections_went() =>
        Assert.Equal(
            Envoy.Config.Cluster.V3.Cluster.Types.DiscoveryType.Eds,
            Meshes.GatewayProxy(Meshes.Object("Service", "web", "clusterIP: None, selector: {app: reviews}, ports: [{name: http, port: 80}]", version: "v1")).Cluster("outbound|80||web.default.svc.cluster.local").Type);

    private static string Door(string host) =>
        Meshes.Object("Gateway", "door", $"selector: {{istio: ingressgateway}}, servers: [{{port: {{number: 80, name: http, protocol: HTTP}}, hosts: [{host}]}}]");

    private static string Bound(string http, string name) => Meshes.VirtualService($"hosts: [a.example], gateways: [door], http: [{http}]", name);
}
