namespace Mizzen.ControlPlane.Tests.Translation;

/// <summary>Which of several VirtualServices counts, for whom, and how delegates are put in.</summary>
public sealed class VirtualServiceOrderTests
{
    private const string Host = Meshes.Reviews + ":80";

    [Fact]
    public void In_sidecars_the_oldest_rule_of_a_host_counts_alone() =>
        Assert.Equal(["/* -> 201"], Meshes.Client(Answer("reviews", 201, "one"), Answer("reviews", 202, "two")).Routes("80", Host));

    [Fact]
    public void The_most_specific_host_counts_whatever_its_age() =>
        Assert.Equal(["/* -> 202"], Meshes.Client(Answer("'*.default.svc.cluster.local'", 201, "one"), Answer("reviews", 202, "two")).Routes("80", Host));

    [Fact]
    public void A_wildcard_is_about_every_service_below_it()
    {
        var client = Meshes.Client(Answer("'*.default.svc.cluster.local'", 201, "one"));

        Assert.Equal(["/* -> 201"], client.Routes("80", Host));
        Assert.Equal(["/* -> 201"], client.Routes("80", Meshes.Ratings + ":80"));
        Assert.Equal(["/* -> outbound|80||shop.store.svc.cluster.local"], client.Routes("80", "shop.store.svc.cluster.local:80"));
    }

    [Fact]
    public void A_short_name_means_a_service_of_the_rules_own_namespace() =>
        Assert.Equal(
            [$"/* -> outbound|80||{Meshes.Reviews}"],
            Meshes.Client(Meshes.VirtualService("hosts: [reviews], http: [{directResponse: {status: 200}}]", ns: "store")).Routes("80", Host));

    [Fact]
    public void A_host_of_no_service_is_served_on_port_80() =>
        Assert.Equal(["/* -> 418"], Meshes.Client(Answer("made.up", 418, "one")).Routes("80", "made.up:80"));

    [Fact]
    public void A_rule_for_gateways_only_is_none_of_sidecars() =>
        Assert.Equal(
            [$"/* -> outbound|80||{Meshes.Reviews}"],
            Meshes.Client(Meshes.VirtualService("hosts: [reviews], gateways: [door], http: [{directResponse: {status: 200}}]")).Routes("80", Host));

    [Theory]
    [InlineData("exportTo: ['*']", true)]
    [InlineData("exportTo: [default]", true)]
    [InlineData("exportTo: [.]", false)]
    [InlineData("exportTo: [other]", false)]
    public void A_rule_counts_where_it_is_exported_to(string exportTo, bool counts)
    {
        var client = Meshes.Client(Meshes.VirtualService($"hosts: [{Meshes.Reviews}], {exportTo}, http: [{{directResponse: {{status: 418}}}}]", ns: "store"));

        Assert.Equal([counts ? "/* -> 418" : $"/* -> outbound|80||{Meshes.Reviews}"], client.Routes("80", Host));
    }

    [Fact]
    public void A_private_rule_of_the_clients_namespace_stands_before_an_older_public_one() =>
        Assert.Equal(
            ["/* -> 202"],
            Meshes.Client(
                Meshes.VirtualService($"hosts: [{Meshes.Reviews}], http: [{{directResponse: {{status: 201}}}}]", "one", "store"),
                Meshes.VirtualService("hosts: [reviews], exportTo: [.], http: [{directResponse: {status: 202}}]", "two")).Routes("80", Host));

    [Fact]
    public void The_mesh_may_export_rules_less_widely_by_default() =>
        Assert.Equal(
            [$"/* -> outbound|80||{Meshes.Reviews}"],
            Meshes.Client(
                Meshes.MeshConfig("{defaultVirtualServiceExportTo: [\".\"]}"),
                Meshes.VirtualService($"hosts: [{Meshes.Reviews}], http: [{{directResponse: {{status: 418}}}}]", ns: "store")).Routes("80", Host));

    [Theory]
    [InlineData("{uri: {prefix: /a}}", "{uri: {prefix: /a/b}}", "/a/b* -> 200")]
    [InlineData("{uri: {prefix: /a}}", "{uri: {exact: /a/c}}", "=/a/c -> 200")]
    [InlineData("{uri: {prefix: /a}}", "{headers: {x: {exact: w}}}", "/a* x=w -> 200")]
    [InlineData("{uri: {prefix: /a}}", "{uri: {prefix: /b}}", null)]
    [InlineData("{uri: {prefix: /a}}", "{uri: {regex: '/a.*'}}", null)]
    [InlineData("{uri: {exact: /a}}", "{uri: {prefix: /a}}", null)]
    [InlineData("{method: {exact: GET}}", "{method: {exact: PUT}}", null)]
    [InlineData("{port: 80}", "{uri: {prefix: /b}}", "/b* -> 200")]
    public void A_delegates_condition_must_lie_within_the_roots(string root, string inner, string? expected)
    {
        var client = Meshes.Client(
            Meshes.VirtualService($"hosts: [reviews], http: [{{match: [{root}], delegate: {{name: part, namespace: store}}}}, {{directResponse: {{status: 404}}}}]"),
            Meshes.VirtualService($"http: [{{match: [{inner}], directResponse: {{status: 200}}}}]", "part", "store"));

        Assert.Equal(expected is null ? ["/* -> 404"] : [expected, "/* -> 404"], client.Routes("80", Host));
    }

    [Fact]
    public void A_delegate_takes_from_the_root_what_it_does_not_say_itself_and_short_names_from_its_own_namespace()
    {
        var route = Meshes.Client(
            Meshes.VirtualService("hosts: [reviews], http: [{name: root, timeout: 5s, retries: {attempts: 9}, delegate: {name: part, namespace: store}}]"),
            Meshes.VirtualService("http: [{name: part, timeout: 1s, route: [{destination: {host: shop}}]}]", "part", "store")).Host("80", Host).Routes.Single();

        Assert.Equal(("root-part", "outbound|80||shop.store.svc.cluster.local", 1L, 9u), (route.Name, route.Route_.Cluster, route.Route_.Timeout.Seconds, route.Route_.RetryPolicy.NumRetries));
    }

    private static string Answer(string host, int status, string name) => Meshes.VirtualService($"hosts: [{host}], http: [{{directResponse: {{status: {status}}}}}]", name);
}
