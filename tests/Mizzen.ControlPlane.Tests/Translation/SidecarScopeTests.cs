namespace Mizzen.ControlPlane.Tests.Translation;

/// <summary>What a Sidecar lets its proxies see.</summary>
public sealed class SidecarScopeTests
{
    [Theory]
    [InlineData("['*/*']", "ratings reviews shop")]
    [InlineData("['./*']", "ratings reviews")]
    [InlineData("['store/*']", "shop")]
    [InlineData("['./reviews.default.svc.cluster.local']", "reviews")]
    [InlineData("['*/*.store.svc.cluster.local']", "shop")]
    [InlineData("['~/*']", "")]
    [InlineData("['*/*', '~store/*']", "ratings reviews")]
    public void Only_imported_services_are_known(string hosts, string expected) => Assert.Equal(expected, Known($"egress: [{{hosts: {hosts}}}]"));

    [Fact]
    public void A_listener_with_a_port_imports_that_port_only() =>
        Assert.Equal("", Known("egress: [{port: {number: 81, name: http, protocol: HTTP}, hosts: ['*/*']}]"));

    [Fact]
    public void What_an_imported_rule_sends_traffic_to_is_known_too() =>
        Assert.Equal("reviews shop", Known(
            "egress: [{hosts: ['./reviews.default.svc.cluster.local']}]",
            Meshes.VirtualService("hosts: [reviews], http: [{route: [{destination: {host: shop.store.svc.cluster.local}}]}]")));

    [Theory]
    [InlineData("workloadSelector: {labels: {app: client}}, egress: [{hosts: ['store/*']}]", "shop")]
    [InlineData("workloadSelector: {labels: {app: other}}, egress: [{hosts: ['store/*']}]", "ratings reviews")]
    public void One_that_selects_the_pod_stands_before_the_namespaces(string spec, string expected) =>
        Assert.Equal(expected, Known("egress: [{hosts: ['./*']}]", Meshes.Object("Sidecar", "own", spec)));

    [Fact]
    public void The_root_namespaces_is_the_default_and_its_dot_is_the_workloads_namespace() =>
        Assert.Equal("ratings reviews", Of(Meshes.Client(Meshes.Object("Sidecar", "default", "egress: [{hosts: ['./*']}]", "istio-system"))));

    [Theory]
    [InlineData("outboundTrafficPolicy: {mode: REGISTRY_ONLY}", true)]
    [InlineData("outboundTrafficPolicy: {mode: ALLOW_ANY}", false)]
    [InlineData("outboundTrafficPolicy: {}", true)]
    [InlineData("egress: [{hosts: ['*/*']}]", false)]
    public void Its_policy_for_unknown_hosts_stands_before_the_meshs(string spec, bool refuses)
    {
        var table = Meshes.Client(Meshes.Object("Sidecar", "own", spec)).Table("80");

        Assert.Equal(refuses ? "block_all" : "allow_any", table.VirtualHosts[^1].Name);
    }

    private static string Known(string spec, params string[] more) => Of(Meshes.Client([Meshes.Object("Sidecar", "default", spec), .. more]));

    private static string Of(Configured client) => string.Join(
        ' ', client.Resources.Clusters.Keys.Where(name => name.StartsWith("outbound|", StringComparison.Ordinal)).Select(name => name.Split('|')[3].Split('.')[0]).Order(StringComparer.Ordinal));
}
