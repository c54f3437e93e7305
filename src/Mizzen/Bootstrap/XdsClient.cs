using System.Text.Json.Nodes;
using Mizzen.Pods;
using Mizzen.Resources.Reading;

namespace Mizzen.Bootstrap;

/// <summary>Who an xDS client says to be: Istio's form of a node.</summary>
/// <param name="Address">The pod's address; loopback for a program outside of pods.</param>
/// <param name="Name">The pod's or the program's name.</param>
/// <param name="Namespace">Whose rules it sees, and by whose short names it calls.</param>
/// <param name="ServiceAccount">Whose certificate it has.</param>
/// <param name="Workload">What metrics call it.</param>
/// <param name="Labels">By which rules for sources know it.</param>
internal sealed record XdsClient(
    string Address, string Name, string Namespace, string ServiceAccount, string Workload, IReadOnlyDictionary<string, string> Labels)
{
    private const string Loopback = "127.0.0.1";
    private const string IstioVersion = "1.31.0";

    /// <summary>A program in the place of a pod.</summary>
    /// <exception cref="UserErrorException">The pod has no address yet.</exception>
    public static XdsClient Of(Pod pod)
    {
        var labels = (pod.Object.At("metadata", "labels") as JsonObject ?? []).ToDictionary(label => label.Key, label => $"{label.Value}", StringComparer.Ordinal);
        return pod.Object.Text("status", "podIP") is { Length: > 0 } address
            ? new XdsClient(
                address, pod.Name, pod.Namespace, pod.Object.Text("spec", "serviceAccountName") is { Length: > 0 } account ? account : "default", PodName.WorkloadOf(pod), labels)
            : throw new UserErrorException($"the pod {pod} has no address yet; see: mizzen get pods -n {pod.Namespace}");
    }

    /// <summary>A program outside of pods that calls as a service of a namespace.</summary>
    public static XdsClient Of(string service, string ns) =>
        new(Loopback, service, ns, "default", service, new Dictionary<string, string> { ["app"] = service });

    /// <summary>The node of a bootstrap file; <paramref name="generator"/> is Istio's word for another form of configuration.</summary>
    public JsonObject Node(string? generator)
    {
        var metadata = new JsonObject
        {
            ["NAME"] = Name,
            ["NAMESPACE"] = Namespace,
            ["SERVICE_ACCOUNT"] = ServiceAccount,
            ["WORKLOAD_NAME"] = Workload,
            ["CLUSTER_ID"] = "Kubernetes",
            ["ISTIO_VERSION"] = IstioVersion,
            ["INSTANCE_IPS"] = Address,
            ["LABELS"] = new JsonObject(Labels.Select(label => KeyValuePair.Create(label.Key, (JsonNode?)label.Value))),
        };
        if (generator is not null)
        {
            metadata["GENERATOR"] = generator;
        }

        return new JsonObject
        {
            ["id"] = $"sidecar~{Address}~{Name}.{Namespace}~{Namespace}.svc.cluster.local",
            ["cluster"] = $"{Workload}.{Namespace}",
            ["locality"] = new JsonObject(),
            ["metadata"] = metadata,
        };
    }
}
