using System.Text.Json.Nodes;
using Mizzen.ControlPlane.Injection;
using Mizzen.Resources;
using Mizzen.Resources.Core;
using Mizzen.Resources.Mesh;
using Mizzen.Resources.Reading;

namespace Mizzen.ControlPlane.Tests.Injection;

public sealed class SidecarInjectorTests
{
    private const string Plain = """
        apiVersion: v1
        kind: Pod
        metadata:
          generateName: reviews-v1-5b4f6d-
          labels: {app: reviews, version: v1, pod-template-hash: 5b4f6d}
          ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: reviews-v1-5b4f6d, uid: u, controller: true}]
        spec:
          unknownField: kept
          containers:
          - name: app
            image: reviews
            ports: [{name: http, containerPort: 9080}]
        """;

    [Fact]
    public void The_proxy_stands_behind_the_app_and_the_redirect_before_everything()
    {
        var pod = Inject(Plain);
        Assert.Equal(["istio-init"], pod.Spec!.InitContainers!.Select(container => container.Name));
        Assert.Equal(["app", "istio-proxy"], pod.Spec.Containers!.Select(container => container.Name));
        Assert.Equal(
            ["istio-iptables", "-p", "15001", "-z", "15006", "-u", "1337", "-m", "REDIRECT", "-i", "*", "-x", "", "-b", "*", "-d", "15090,15021,15020"],
            pod.Spec.InitContainers![0].Args);
        Assert.Equal(["proxy", "sidecar", "--domain", "$(POD_NAMESPACE).svc.cluster.local"], Proxy(pod).Args!.Take(4));
        Assert.Equal(1337, Proxy(pod).SecurityContext!.RunAsUser);
    }

    [Fact]
    public void A_proxy_that_answers_names_has_them_redirected()
    {
        var pod = Inject(WithAnnotation("proxy.istio.io/config", "{proxyMetadata: {ISTIO_META_DNS_CAPTURE: true}}"));
        Assert.Equal("--redirect-dns", pod.Spec!.InitContainers![0].Args![^1]);
        Assert.Equal("true", Variable(pod, "ISTIO_META_DNS_CAPTURE"));
    }

    [Fact]
    public void Fields_that_are_not_known_here_stay() =>
        Assert.Equal("kept", (string?)InjectNode(Plain)["spec"]!["unknownField"]);

    [Fact]
    public void The_app_may_wait_for_the_proxy()
    {
        var pod = Inject(WithAnnotation("proxy.istio.io/config", "{holdApplicationUntilProxyStarts: true}"));
        Assert.Equal(["istio-proxy", "app"], pod.Spec!.Containers!.Select(container => container.Name));
        Assert.NotNull(Proxy(pod).Lifecycle?.PostStart?.Exec);
    }

    [Theory]
    [InlineData("ISTIO_META_WORKLOAD_NAME", "reviews-v1")]
    [InlineData("ISTIO_META_OWNER", "kubernetes://apis/apps/v1/namespaces/shop/deployments/reviews-v1")]
    [InlineData("ISTIO_META_APP_CONTAINERS", "app")]
    [InlineData("ISTIO_META_POD_PORTS", """[{"name":"http","containerPort":9080}]""")]
    [InlineData("CA_ADDR", "istiod.istio-system.svc:15012")]
    [InlineData("PROXY_CONFIG", "{}")]
    public void The_proxy_is_told(string variable, string value) => Assert.Equal(value, Variable(Inject(Plain), variable));

    [Theory]
    [InlineData("traffic.sidecar.istio.io/excludeInboundPorts", "9090", "-d 15090,15021,15020,9090")]
    [InlineData("traffic.sidecar.istio.io/includeInboundPorts", "80,81", "-b 80,81")]
    [InlineData("traffic.sidecar.istio.io/includeOutboundIPRanges", "10.0.0.0/8", "-i 10.0.0.0/8")]
    [InlineData("traffic.sidecar.istio.io/excludeOutboundIPRanges", "1.2.3.4/32", "-x 1.2.3.4/32")]
    [InlineData("traffic.sidecar.istio.io/excludeOutboundPorts", "3306", "-o 3306")]
    [InlineData("traffic.sidecar.istio.io/includeOutboundPorts", "80", "-q 80")]
    public void The_redirect_follows_the_annotation(string annotation, string value, string arguments) =>
        Assert.Contains(arguments, string.Join(' ', Inject(WithAnnotation(annotation, value)).Spec!.InitContainers![0].Args!), StringComparison.Ordinal);

    [Fact]
    public void Without_interception_nothing_is_redirected()
    {
        var pod = Inject(WithAnnotation("sidecar.istio.io/interceptionMode", "NONE"));
        Assert.Empty(pod.Spec!.InitContainers ?? []);
        Assert.Equal("NONE", Variable(pod, "ISTIO_META_INTERCEPTION_MODE"));
    }

    [Theory]
    [InlineData("app: a", "a", "latest")]
    [InlineData("app: a, version: v2", "a", "v2")]
    [InlineData("app: a, app.kubernetes.io/name: shop, app.kubernetes.io/version: '7', version: v2", "shop", "7")]
    [InlineData("other: x", "reviews", "latest")]
    public void Canonical_name_and_revision_come_from_labels_then_from_the_workload(string labels, string name, string revision)
    {
        var pod = Inject($"{{apiVersion: v1, kind: Pod, metadata: {{name: reviews, labels: {{{labels}}}}}, spec: {{containers: [{{name: app}}]}}}}");
        Assert.Equal(name, pod.Metadata.Labels!["service.istio.io/canonical-name"]);
        Assert.Equal(revision, pod.Metadata.Labels!["service.istio.io/canonical-revision"]);
    }

    [Fact]
    public void Probes_go_through_the_agent_which_is_told_the_originals()
    {
        var pod = Inject(Plain + "\n" + """
                readinessProbe: {httpGet: {path: /healthz, port: http, scheme: HTTPS, httpHeaders: [{name: a, value: b}]}, timeoutSeconds: 3}
                livenessProbe: {tcpSocket: {port: 9080}}
                startupProbe: {exec: {command: ["true"]}}
            """);
        var app = pod.Spec!.Containers![0];
        Assert.Equal("/app-health/app/readyz", app.ReadinessProbe!.HttpGet!.Path);
        Assert.Equal(15020, app.ReadinessProbe.HttpGet.Port.Number);
        Assert.Null(app.ReadinessProbe.HttpGet.Scheme);
        Assert.Equal(3, app.ReadinessProbe.TimeoutSeconds);
        Assert.Equal("/app-health/app/livez", app.LivenessProbe!.HttpGet!.Path);
        Assert.Null(app.LivenessProbe.TcpSocket);
        Assert.NotNull(app.StartupProbe!.Exec);
        Assert.Equal(
            """{"/app-health/app/readyz":{"httpGet":{"path":"/healthz","port":9080,"scheme":"HTTPS","httpHeaders":[{"name":"a","value":"b"}]},"timeoutSeconds":3},"/app-health/app/livez":{"tcpSocket":{"port":9080}}}""",
            Variable(pod, "ISTIO_KUBE_APP_PROBERS"));
    }

    [Fact]
    public void Probes_stay_when_the_pod_says_so()
    {
        var text = WithAnnotation("sidecar.istio.io/rewriteAppHTTPProbers", "false") + "\n    livenessProbe: {tcpSocket: {port: 9080}}";
        var pod = Inject(text);
        Assert.NotNull(pod.Spec!.Containers![0].LivenessProbe!.TcpSocket);
        Assert.Null(Variable(pod, "ISTIO_KUBE_APP_PROBERS"));
    }

    [Fact]
    public void The_app_is_scraped_through_the_agent()
    {
        var pod = Inject(WithAnnotation("prometheus.io/port", "9102"));
        Assert.Equal("15020", pod.Metadata.Annotations!["prometheus.io/port"]);
        Assert.Equal("/stats/prometheus", pod.Metadata.Annotations!["prometheus.io/path"]);
        Assert.Equal("""{"scrape":"","path":"","port":"9102"}""", Variable(pod, "ISTIO_PROMETHEUS_ANNOTATIONS"));
    }

    [Fact]
    public void A_pod_that_sets_one_resource_sets_all()
    {
        var resources = Proxy(Inject(WithAnnotation("sidecar.istio.io/proxyCPU", "50m"))).Resources!;
        Assert.Equal("50m", Assert.Single(resources.Requests!).Value.Text);
        Assert.Null(resources.Limits);
    }

    [Fact]
    public void What_the_author_wrote_about_the_proxy_wins()
    {
        var pod = Inject(Plain + "\n" + """
              - name: istio-proxy
                image: auto
                env: [{name: PROXY_CONFIG, value: mine}, {name: EXTRA, value: x}]
                resources: {requests: {cpu: 1}}
            """);
        Assert.Equal("mizzen/proxyv2", Proxy(pod).Image);
        Assert.Equal("mine", Variable(pod, "PROXY_CONFIG"));
        Assert.Equal("x", Variable(pod, "EXTRA"));
        Assert.Equal("1", Proxy(pod).Resources!.Requests!["cpu"].ToString());
        Assert.Equal("16Mi", Proxy(pod).Resources!.Requests!["memory"].ToString());
    }

    [Fact]
    public void Metadata_of_the_proxy_settings_becomes_environment()
    {
        var pod = Inject(WithAnnotation("proxy.istio.io/config", "{proxyMetadata: {FAVOURITE: seven}}"));
        Assert.Equal("seven", Variable(pod, "FAVOURITE"));
        Assert.Equal("""{"proxyMetadata":{"FAVOURITE":"seven"}}""", Variable(pod, "PROXY_CONFIG"));
    }

    [Fact]
    public void Every_volume_that_is_mounted_exists()
    {
        var pod = Inject(Plain);
        var volumes = pod.Spec!.Volumes!.Select(volume => volume.Name).ToList();
        Assert.All(Proxy(pod).VolumeMounts!, mount => Assert.Contains(mount.Name, volumes));
        Assert.Equal("istio-ca", pod.Spec.Volumes!.Single(volume => volume.Name == "istio-token").Projected!.Sources![0].ServiceAccountToken!.Audience);
    }

    [Fact]
    public void A_second_injection_changes_nothing()
    {
        var once = InjectNode(Plain);
        Assert.True(JsonNode.DeepEquals(once, SidecarInjector.Inject(once, "shop", new InjectionSettings())));
    }

    [Fact]
    public void The_input_is_left_alone()
    {
        var pod = Read(Plain);
        SidecarInjector.Inject(pod, "shop", new InjectionSettings());
        Assert.True(JsonNode.DeepEquals(Read(Plain), pod));
    }

    [Fact]
    public void Mesh_defaults_hold_where_the_pod_says_nothing()
    {
        var mesh = ResourceJson.Deserialize<MeshConfig>("""{"defaultConfig": {"holdApplicationUntilProxyStarts": true}}""");
        var pod = ResourceJson.FromNode<Pod>(SidecarInjector.Inject(Read(Plain), "shop", new InjectionSettings { Mesh = mesh }));
        Assert.Equal("istio-proxy", pod.Spec!.Containers![0].Name);
    }

    [Fact]
    public void An_annotation_that_makes_no_sense_is_named()
    {
        var error = Assert.Throws<FormatException>(() => Inject(WithAnnotation("readiness.status.sidecar.istio.io/periodSeconds", "often")));
        Assert.Contains("readiness.status.sidecar.istio.io/periodSeconds", error.Message, StringComparison.Ordinal);
    }

    private static string WithAnnotation(string name, string value) =>
        Plain.Replace("spec:\n", "", StringComparison.Ordinal).Replace("  unknownField: kept\n", $"  annotations: {{{name}: '{value}'}}\nspec:\n", StringComparison.Ordinal);

    private static Container Proxy(Pod pod) => pod.Spec!.Containers!.Single(container => container.Name == "istio-proxy");

    private static string? Variable(Pod pod, string name) => Proxy(pod).Env!.SingleOrDefault(variable => variable.Name == name)?.Value;

    private static Pod Inject(string yaml) => ResourceJson.FromNode<Pod>(InjectNode(yaml));

    private static JsonObject InjectNode(string yaml) => SidecarInjector.Inject(Read(yaml), "shop", new InjectionSettings());

    private static JsonObject Read(string yaml)
    {
        var result = ResourceReader.Read(yaml, "test");
        Assert.Empty(result.Problems);
        return Assert.Single(result.Documents).Node;
    }
}
