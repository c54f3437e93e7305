using Envoy.Config.Cluster.V3;
using Envoy.Config.Route.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Google.Protobuf.Collections;
using Mizzen.ControlPlane.Translation;

namespace Mizzen.ControlPlane.Tests.Translation;

/// <summary>What gRPC programs get that speak xDS themselves: nothing that gRPC's clients would refuse.</summary>
public sealed class ProxylessTests
{
    private const string Table = "outbound|80||" + Meshes.Reviews;

    [Fact]
    public void A_service_is_dialled_by_every_name_that_the_DNS_has_for_it()
    {
        var program = Program();

        Assert.Equal(
            ["10.96.0.1:80", "reviews.default.svc.cluster.local:80", "reviews.default.svc:80", "reviews.default:80", "reviews:80"],
            program.Resources.Listeners.Keys.Where(name => name.StartsWith("reviews", StringComparison.Ordinal) || name.StartsWith("10.96.0.1:", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.DoesNotContain("shop:80", program.Resources.Listeners.Keys);
        Assert.Contains("shop.store:80", program.Resources.Listeners.Keys);
    }

    [Fact]
    public void A_listener_leads_to_the_routes_of_its_service_and_has_only_filters_that_gRPC_has()
    {
        var manager = Program().Listener("reviews:80").ApiListener.ApiListener_.Unpack<HttpConnectionManager>();

        Assert.Equal(Table, manager.Rds.RouteConfigName);
        Assert.Equal(["envoy.filters.http.fault", "envoy.filters.http.router"], manager.HttpFilters.Select(filter => filter.Name));
    }

    [Fact]
    public void Rules_lead_to_subsets_by_header_and_weight() => Assert.Equal(
        ["/* x-version=v2 -> outbound|80|v2|" + Meshes.Reviews, $"/* -> 80x outbound|80|v1|{Meshes.Reviews} + 20x outbound|80|v2|{Meshes.Reviews}"],
        Routes("""
            {match: [{headers: {x-version: {exact: v2}}}], route: [{destination: {host: reviews, subset: v2}}]},
            {route: [{destination: {host: reviews, subset: v1}, weight: 80}, {destination: {host: reviews, subset: v2}, weight: 20}]}
            """).Select(RouteText.Of));

    [Theory]
    [InlineData("redirect: {uri: /elsewhere}")]
    [InlineData("directResponse: {status: 503}")]
    public void An_answer_that_only_a_proxy_can_give_fails_the_call(string action) =>
        Assert.Equal(Route.ActionOneofCase.NonForwardingAction, Routes($"{{{action}}}").Single().ActionCase);

    [Fact]
    public void Filters_that_gRPC_lacks_are_left_out_and_faults_stay() => Assert.Equal(
        ["envoy.filters.http.fault"],
        Routes("{corsPolicy: {allowOrigins: [{exact: a}]}, fault: {abort: {httpStatus: 500, percentage: {value: 100}}}, route: [{destination: {host: reviews}}]}")
            .Single().TypedPerFilterConfig.Keys);

    [Theory]
    [InlineData("", Cluster.Types.LbPolicy.RoundRobin)]
    [InlineData("loadBalancer: {simple: RANDOM}", Cluster.Types.LbPolicy.RoundRobin)]
    [InlineData("loadBalancer: {consistentHash: {httpHeaderName: x-user}}", Cluster.Types.LbPolicy.RingHash)]
    public void Endpoints_are_chosen_in_turn_or_by_a_ring(string policy, Cluster.Types.LbPolicy expected)
    {
        var cluster = Program(Rule(policy)).Cluster(Table);

        Assert.Equal((expected, Cluster.Types.DiscoveryType.Eds), (cluster.LbPolicy, cluster.Type));
        Assert.Empty(cluster.TransportSocketMatches);
    }

    [Fact]
    public void Endpoints_have_a_place_even_where_it_has_no_name() =>
        Assert.All(Program().Assignment(Table).Endpoints, group => Assert.NotNull(group.Locality));

    [Fact]
    public void Mutual_TLS_is_spoken_with_the_programs_own_certificate_where_a_rule_asks_for_it()
    {
        var context = Program(Rule("tls: {mode: ISTIO_MUTUAL}")).Cluster(Table).TransportSocket.TypedConfig.Unpack<UpstreamTlsContext>().CommonTlsContext;

        Assert.Equal(("default", "default"), (context.TlsCertificateProviderInstance.InstanceName, context.ValidationContext.CaCertificateProviderInstance.InstanceName));
        Assert.Null(context.TlsParams);
    }

    [Fact]
    public void What_would_have_to_be_spoken_to_in_another_way_is_left_out() =>
        Assert.DoesNotContain(Table, Program(Rule("tls: {mode: SIMPLE}")).Resources.Clusters.Keys);

    [Fact]
    public void A_name_outside_of_the_mesh_is_asked_of_the_DNS() =>
        Assert.Equal(
            Cluster.Types.DiscoveryType.LogicalDns,
            Program(Meshes.Object("ServiceEntry", "api", "hosts: [api.example], resolution: DNS, ports: [{number: 443, name: grpc, protocol: GRPC}]")).Cluster("outbound|443||api.example").Type);

    private static string Rule(string policy) => Meshes.Object("DestinationRule", "reviews", $"host: reviews, trafficPolicy: {{{policy}}}");

    private static RepeatedField<Route> Routes(string http) =>
        Program(Meshes.VirtualService($"hosts: [reviews], http: [{http}]")).Table(Table).VirtualHosts.Single().Routes;

    private static Configured Program(params string[] more)
    {
        var mesh = Meshes.Mesh(more);
        return new Configured(new ProxyTranslator().Translate(mesh, MeshOf.Proxy(mesh, "client") with { IsProxyless = true }));
    }
}
