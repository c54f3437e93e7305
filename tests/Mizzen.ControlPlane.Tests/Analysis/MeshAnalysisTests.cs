using Mizzen.ControlPlane.Analysis;
using Mizzen.ControlPlane.Tests.Translation;

namespace Mizzen.ControlPlane.Tests.Analysis;

/// <summary>What is wrong between objects: each row is a mistake, its code and the field that is named.</summary>
public sealed class MeshAnalysisTests
{
    [Theory]
    [InlineData("a route to nowhere", "VirtualService", "hosts: [reviews], http: [{route: [{destination: {host: nowhere}}]}]", "IST0101 spec.http[0].route[0].destination.host")]
    [InlineData("a subset that nothing defines", "VirtualService", "hosts: [reviews], http: [{route: [{destination: {host: reviews, subset: v9}}]}]", "IST0101 spec.http[0].route[0].destination.subset")]
    [InlineData("a port that the service has not", "VirtualService", "hosts: [reviews], http: [{route: [{destination: {host: reviews, port: {number: 81}}}]}]", "IST0101 spec.http[0].route[0].destination.port.number")]
    [InlineData("a gateway that does not exist", "VirtualService", "hosts: [a.b], gateways: [door], http: [{route: [{destination: {host: reviews}}]}]", "IST0101 spec.gateways[0]")]
    [InlineData("a delegate that does not exist", "VirtualService", "hosts: [reviews], http: [{delegate: {name: part}}]", "IST0101 spec.http[0].delegate")]
    [InlineData("a rule for a host that nothing defines", "DestinationRule", "host: nowhere", "IST0174 spec.host")]
    [InlineData("a subset without pods", "DestinationRule", "host: reviews, subsets: [{name: v9, labels: {version: v9}}]", "IST0173 spec.subsets[0].labels")]
    [InlineData("a gateway without pods", "Gateway", "selector: {istio: nothing}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}]", "IST0127 spec.selector")]
    [InlineData("a port that nobody can dial", "Gateway", "selector: {istio: ingressgateway}, servers: [{port: {number: 9999, name: http, protocol: HTTP}, hosts: ['*']}]", "IST0162 spec.servers[0].port.number")]
    [InlineData("a Sidecar for no pod", "Sidecar", "workloadSelector: {labels: {app: nothing}}, egress: [{hosts: ['*/*']}]", "IST0127 spec.workloadSelector")]
    [InlineData("encryption to a service", "DestinationRule", "host: reviews, trafficPolicy: {tls: {mode: SIMPLE, credentialName: c}}", "MZ0201 spec.trafficPolicy.tls.credentialName")]
    [InlineData("encryption of one port", "DestinationRule", "host: reviews, trafficPolicy: {portLevelSettings: [{port: {number: 80}, tls: {mode: MUTUAL, credentialName: c}}]}", "MZ0201 spec.trafficPolicy.portLevelSettings[0].tls.credentialName")]
    [InlineData("an encrypted door", "Gateway", "selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: https, protocol: HTTPS}, hosts: ['*'], tls: {mode: AUTO_PASSTHROUGH}}]", "MZ0201 spec.servers[0].tls.mode")]
    public void A_mistake_is_named_with_its_field_and_its_way_out(string what, string kind, string spec, string expected)
    {
        var problems = MeshAnalysis.Analyze(Meshes.Mesh(Meshes.Gateway, Meshes.Object(kind, "tried", spec))).Where(problem => problem.Key!.Name == "tried").ToList();

        Assert.True(problems.Any(problem => $"{problem.Code} {problem.Path}" == expected), $"{what}: {string.Join("; ", problems)}");
        Assert.All(problems, problem => Assert.NotNull(problem.Fix));
    }

    [Fact]
    public void A_mesh_without_mistakes_has_no_findings() =>
        Assert.Empty(MeshAnalysis.Analyze(Meshes.Mesh(
            Meshes.Object("DestinationRule", "reviews", "host: reviews, subsets: [{name: v1, labels: {version: v1}}]"),
            Meshes.VirtualService("hosts: [reviews], http: [{route: [{destination: {host: reviews, subset: v1}}]}]"))));

    [Fact]
    public void A_short_name_in_the_wrong_namespace_is_answered_with_the_full_one()
    {
        var problem = Assert.Single(MeshAnalysis.Analyze(Meshes.Mesh(Meshes.VirtualService("hosts: [shop.store.svc.cluster.local], http: [{route: [{destination: {host: shop}}]}]"))));

        Assert.Contains("shop.store.svc.cluster.local", problem.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_two_rules_for_one_host_the_younger_is_told()
    {
        var problem = Assert.Single(MeshAnalysis.Analyze(Meshes.Mesh(
            Meshes.VirtualService("hosts: [reviews], http: [{directResponse: {status: 200}}]", "one"), Meshes.VirtualService("hosts: [reviews], http: [{directResponse: {status: 200}}]", "two"))));

        Assert.Equal(("IST0109", "two"), (problem.Code, problem.Key!.Name));
    }

    [Fact]
    public void Of_two_policies_for_one_host_the_younger_is_told() =>
        Assert.Equal(["MZ0202 two spec.trafficPolicy"], MeshAnalysis.Analyze(Meshes.Mesh(
            Meshes.Object("DestinationRule", "one", "host: reviews, trafficPolicy: {loadBalancer: {simple: RANDOM}}"),
            Meshes.Object("DestinationRule", "two", "host: reviews, trafficPolicy: {loadBalancer: {simple: RANDOM}}"))).Select(problem => $"{problem.Code} {problem.Key!.Name} {problem.Path}"));

    [Fact]
    public void Two_gateways_that_want_one_port_for_different_things_are_told() =>
        Assert.Contains(MeshAnalysis.Analyze(Meshes.Mesh(
            Meshes.Gateway,
            Meshes.Object("Gateway", "one", "selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}]"),
            Meshes.Object("Gateway", "two", "selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: tcp, protocol: TCP}, hosts: ['*']}]"))),
            problem => problem is { Code: "IST0145", Key.Name: "two" });

    [Fact]
    public void Two_Sidecars_for_a_whole_namespace_are_told() =>
        Assert.Equal(["IST0111"], MeshAnalysis.Analyze(Meshes.Mesh(
            Meshes.Object("Sidecar", "one", "egress: [{hosts: ['*/*']}]"), Meshes.Object("Sidecar", "two", "egress: [{hosts: ['*/*']}]"))).Select(problem => problem.Code));

    [Theory]
    [InlineData("{port: 9000}", "IST0118 spec.ports[0].name")]
    [InlineData("{name: grpc, port: 50051}", "")]
    public void A_port_tells_what_is_done_with_it(string port, string expected) =>
        Assert.Equal(
            expected.Split('|', StringSplitOptions.RemoveEmptyEntries),
            MeshAnalysis.Analyze(Meshes.Mesh(Meshes.Object("Service", "other", $"selector: {{app: reviews}}, ports: [{port}]", version: "v1"))).Select(problem => $"{problem.Code} {problem.Path}"));

    [Fact]
    public void TCP_hosts_that_only_their_port_tells_apart_are_told() =>
        Assert.Equal(["MZ0203"], MeshAnalysis.Analyze(Meshes.Mesh(
            Meshes.Object("ServiceEntry", "one", "hosts: [a.example], resolution: DNS, ports: [{number: 6379, name: tcp, protocol: TCP}]"),
            Meshes.Object("ServiceEntry", "two", "hosts: [b.example], resolution: DNS, ports: [{number: 6379, name: tcp, protocol: TCP}]"))).Select(problem => problem.Code));
}
