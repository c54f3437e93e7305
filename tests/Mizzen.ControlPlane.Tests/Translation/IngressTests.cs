namespace Mizzen.ControlPlane.Tests.Translation;

/// <summary>Kubernetes' Ingresses of the mesh's class at the ingress gateway.</summary>
public sealed class IngressTests
{
    private const string Table = "http.8080";
    private const string ToReviews = "outbound|80||" + Meshes.Reviews;
    private const string ToRatings = "outbound|80||" + Meshes.Ratings;

    [Theory]
    [InlineData("Prefix", "/", "/*")]
    [InlineData("Prefix", "/shop", "^/shop")]
    [InlineData("Exact", "/shop", "=/shop")]
    [InlineData("ImplementationSpecific", "/shop", "=/shop")]
    [InlineData("ImplementationSpecific", "/shop.*", "/shop*")]
    [InlineData("ImplementationSpecific", "/shop/*", "/shop*")]
    [InlineData("ImplementationSpecific", "/.*", "/*")]
    public void Paths_are_exact_or_end_at_segments_or_end_anywhere(string type, string path, string expected)
    {
        var route = Gateway(Ingress("one", $"rules: [{{host: a.example, http: {{paths: [{{path: {path}, pathType: {type}, backend: {{service: {{name: reviews, port: {{number: 80}}}}}}}}]}}}}]"))
            .Host(Table, "a.example:80").Routes.Single();
        var match = route.Match.HasPathSeparatedPrefix ? "^" + route.Match.PathSeparatedPrefix : RouteText.Of(route).Split(' ')[0];

        Assert.Equal((expected, ToReviews), (match, route.Route_.Cluster));
    }

    [Fact]
    public void Of_one_host_exact_paths_come_first_and_longer_prefixes_before_shorter_whatever_object_they_are_in() => Assert.Equal(
        ["=/a", "/a/b", "/a"],
        Gateway(
            Ingress("one", "rules: [{host: a.example, http: {paths: [" + Path("/a", "Prefix") + ", " + Path("/a", "Exact") + "]}}]"),
            Ingress("two", "rules: [{host: a.example, http: {paths: [" + Path("/a/b", "Prefix") + "]}}]"))
            .Host(Table, "a.example:80").Routes.Select(route => route.Match.HasPath ? "=" + route.Match.Path : route.Match.PathSeparatedPrefix));

    [Fact]
    public void The_default_backend_takes_what_no_rule_takes() => Assert.Equal(
        [$"/* -> {ToRatings}"],
        Gateway(Ingress("one", "defaultBackend: {service: {name: ratings, port: {number: 80}}}, rules: [{host: a.example, http: {paths: [" + Path("/a", "Prefix") + "]}}]"))
            .Routes(Table, "*:80"));

    [Fact]
    public void A_backends_port_may_be_named() => Assert.Equal(
        [$"/* -> {ToReviews}"],
        Gateway(Ingress("one", "defaultBackend: {service: {name: reviews, port: {name: http}}}")).Routes(Table, "*:80"));

    [Fact]
    public void Hosts_with_a_certificate_are_served_by_TLS()
    {
        var listener = Gateway(Ingress("one", "tls: [{hosts: [a.example], secretName: a-certificate}], rules: [{host: a.example, http: {paths: [" + Path("/", "Prefix") + "]}}]"))
            .Listener("0.0.0.0_443");

        Assert.Equal(["a.example"], listener.FilterChains.Single().FilterChainMatch.ServerNames);
    }

    [Theory]
    [InlineData("{}", "ingressClassName: nginx", false)]
    [InlineData("{}", "ingressClassName: istio", true)]
    [InlineData("{}", "", false)]
    [InlineData("ingressControllerMode: DEFAULT", "", true)]
    [InlineData("ingressControllerMode: DEFAULT", "ingressClassName: nginx", false)]
    [InlineData("ingressControllerMode: 'OFF'", "ingressClassName: istio", false)]
    [InlineData("ingressClass: mesh", "ingressClassName: mesh", true)]
    public void Only_Ingresses_of_the_meshs_class_are_served(string mesh, string spec, bool isServed)
    {
        var ingress = Meshes.Object("Ingress", "one", $"{(spec.Length > 0 ? spec + ", " : "")}defaultBackend: {{service: {{name: reviews, port: {{number: 80}}}}}}", version: "networking.k8s.io/v1");

        Assert.Equal(isServed, Meshes.GatewayProxy(Meshes.MeshConfig(mesh.Replace("'", "''", StringComparison.Ordinal)), ingress).Resources.Listeners.Count > 0);
    }

    [Fact]
    public void The_annotation_of_old_names_the_class_too() => Assert.NotEmpty(Meshes.GatewayProxy("""
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: {name: one, annotations: {kubernetes.io/ingress.class: istio}}
        spec: {defaultBackend: {service: {name: reviews, port: {number: 80}}}}
        """).Resources.Listeners);

    [Fact]
    public void An_endpoint_that_comes_changes_nothing_of_what_Ingresses_come_to()
    {
        var mesh = new MeshOf().Apply(Meshes.Base, Meshes.Gateway, Ingress("one", "defaultBackend: {service: {name: reviews, port: {number: 80}}}"));
        var before = mesh.Snapshot();
        var after = before.Next(mesh.Resources() with { VirtualServices = before.Resources.VirtualServices });

        Assert.Same(before.Ingress.VirtualServices, after.Ingress.VirtualServices);
        Assert.Same(before.Ingress.Gateways, after.Ingress.Gateways);
    }

    private static string Path(string path, string type) => $"{{path: {path}, pathType: {type}, backend: {{service: {{name: reviews, port: {{number: 80}}}}}}}}";

    private static string Ingress(string name, string spec) => Meshes.Object("Ingress", name, "ingressClassName: istio, " + spec, version: "networking.k8s.io/v1");

    private static Configured Gateway(params string[] more) => Meshes.GatewayProxy(more);
}
