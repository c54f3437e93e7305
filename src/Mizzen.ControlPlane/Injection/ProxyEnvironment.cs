using System.Text.Json.Nodes;
using Mizzen.Resources;
using Mizzen.Resources.Core;

namespace Mizzen.ControlPlane.Injection;

/// <summary>The environment that Istio's agent is told everything by.</summary>
internal static class ProxyEnvironment
{
    /// <summary>Who the proxy is and whom it talks to: the same for sidecars and gateways.</summary>
    public static IEnumerable<EnvVar> Identity(InjectionSettings settings) =>
    [
        Value("PILOT_CERT_PROVIDER", "istiod"),
        Value("CA_ADDR", $"istiod.{settings.ControlPlaneNamespace}.svc:15012"),
        Field("POD_NAME", "metadata.name"),
        Field("POD_NAMESPACE", "metadata.namespace"),
        Field("INSTANCE_IP", "status.podIP"),
        Field("SERVICE_ACCOUNT", "spec.serviceAccountName"),
        Field("HOST_IP", "status.hostIP"),
        new() { Name = "ISTIO_CPU_LIMIT", ValueFrom = new EnvVarSource { ResourceFieldRef = new ResourceFieldSelector { Resource = "limits.cpu", Divisor = "1" } } },
        Value("ISTIO_META_CLUSTER_ID", settings.ClusterId),
        Field("ISTIO_META_NODE_NAME", "spec.nodeName"),
        Value("ISTIO_META_MESH_ID", settings.Domain),
        Value("TRUST_DOMAIN", settings.Domain),
    ];

    /// <summary>What it is told of the pod it is beside.</summary>
    public static IEnumerable<EnvVar> OfPod(PodFacts pod, IReadOnlyDictionary<string, JsonObject> probers, PrometheusScrape? scrape)
    {
        yield return Value("PROXY_CONFIG", pod.ProxyConfig.ToJsonString());
        yield return Value("ISTIO_META_POD_PORTS", PortsOf(pod).ToJsonString());
        yield return Value("ISTIO_META_APP_CONTAINERS", string.Join(',', pod.AppContainers.Select(container => container.Name)));
        yield return Value("ISTIO_META_INTERCEPTION_MODE", pod.Annotation(Names.InterceptionMode) ?? "REDIRECT");
        yield return Value("ISTIO_META_WORKLOAD_NAME", pod.Workload);
        yield return Value("ISTIO_META_OWNER", pod.Owner);
        foreach (var (name, value) in pod.ProxyConfig["proxyMetadata"] as JsonObject ?? [])
        {
            yield return Value(name, value?.ToString() ?? "");
        }

        if (probers.Count > 0)
        {
            var all = new JsonObject(probers.Select(prober => KeyValuePair.Create(prober.Key, (JsonNode?)prober.Value.DeepClone())));
            yield return Value("ISTIO_KUBE_APP_PROBERS", all.ToJsonString());
        }

        if (scrape is not null)
        {
            yield return Value("ISTIO_PROMETHEUS_ANNOTATIONS", ResourceJson.Serialize(scrape));
        }
    }

    private static JsonArray PortsOf(PodFacts pod) =>
        [.. pod.AppContainers.SelectMany(container => container.Ports ?? []).Select(port => ResourceJson.ToNode(port))];

    private static EnvVar Value(string name, string value) => new() { Name = name, Value = value };

    private static EnvVar Field(string name, string path) =>
        new() { Name = name, ValueFrom = new EnvVarSource { FieldRef = new ObjectFieldSelector { FieldPath = path } } };
}
