using System.Text.Json.Nodes;
using Mizzen.ControlPlane.Injection;
using Mizzen.Resources;
using Mizzen.Resources.Core;
using Mizzen.Resources.Mesh;
using Mizzen.Resources.Networking;
using Mizzen.Resources.Reading;

namespace Mizzen.ControlPlane.Tests.Injection;

/// <summary>Which setting of the proxy counts: the workload's, the pod's own, its namespace's, the mesh's.</summary>
public sealed class ProxyConfigLayersTests
{
    private const string Root = "{metadata: {name: mesh, namespace: istio-system}, spec: {concurrency: 1, environmentVariables: {A: mesh, B: mesh, C: mesh, D: mesh}}}";
    private const string Namespace = "{metadata: {name: all, namespace: shop}, spec: {concurrency: 3, environmentVariables: {B: namespace, C: namespace, D: namespace}}}";
    private const string Workload = "{metadata: {name: reviews, namespace: shop}, spec: {selector: {matchLabels: {app: reviews}}, environmentVariables: {D: workload}}}";
    private const string Other = "{metadata: {name: other, namespace: shop}, spec: {selector: {matchLabels: {app: ratings}}, concurrency: 9}}";
    private const string Elsewhere = "{metadata: {name: elsewhere, namespace: store}, spec: {concurrency: 9}}";

    [Theory]
    [InlineData("", "concurrency", "2")]
    [InlineData(Root, "concurrency", "1")]
    [InlineData($"{Root};{Namespace};{Workload};{Other};{Elsewhere}", "concurrency", "3")]
    [InlineData($"{Root};{Namespace};{Workload};{Other};{Elsewhere}", "proxyMetadata", """{"A":"mesh","B":"namespace","C":"pod","D":"workload"}""")]
    [InlineData(Other, "concurrency", "2")]
    [InlineData(Elsewhere, "concurrency", "2")]
    public void The_nearest_counts(string configs, string field, string expected) =>
        Assert.Equal(expected, Config(configs)[field]!.ToJsonString());

    [Fact]
    public void Variables_reach_the_proxys_environment() =>
        Assert.Equal("workload", Proxy(Workload).Env!.Single(variable => variable.Name == "D").Value);

    private static JsonObject Config(string configs) =>
        JsonNode.Parse(Proxy(configs).Env!.Single(variable => variable.Name == "PROXY_CONFIG").Value!)!.AsObject();

    private static Container Proxy(string configs)
    {
        var settings = new InjectionSettings
        {
            Mesh = ResourceJson.Deserialize<MeshConfig>("""{"defaultConfig": {"concurrency": 2}}"""),
            ProxyConfigs = [.. configs.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(text => ResourceJson.FromNode<ProxyConfig>(Read(text)))],
        };
        var pod = SidecarInjector.Inject(
            Read("{apiVersion: v1, kind: Pod, metadata: {name: r, labels: {app: reviews}, annotations: {proxy.istio.io/config: '{proxyMetadata: {C: pod, D: pod}}'}}, spec: {containers: [{name: app}]}}"),
            "shop",
            settings);
        return ResourceJson.FromNode<Pod>(pod).Spec!.Containers!.Single(container => container.Name == "istio-proxy");
    }

    private static JsonObject Read(string yaml) => (JsonObject)ResourceReader.ReadValue(yaml, "test")!;
}
