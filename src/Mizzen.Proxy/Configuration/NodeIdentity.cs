using Envoy.Config.Core.V3;
using Google.Protobuf.WellKnownTypes;

namespace Mizzen.Proxy.Configuration;

/// <summary>Who this proxy is, from the environment that Istio's injection gives it and the pod's labels.</summary>
/// <param name="Type"><c>sidecar</c> or <c>router</c>.</param>
/// <param name="Address">The pod's address.</param>
/// <param name="Pod">The pod's name.</param>
/// <param name="Namespace">The pod's namespace.</param>
/// <param name="Workload">The workload's name; the pod's where none is told.</param>
/// <param name="Owner">The workload's path (<c>ISTIO_META_OWNER</c>).</param>
/// <param name="ServiceAccount">The pod's service account.</param>
/// <param name="Labels">The pod's labels.</param>
internal sealed record NodeIdentity(
    string Type,
    string Address,
    string Pod,
    string Namespace,
    string Workload,
    string Owner,
    string ServiceAccount,
    IReadOnlyDictionary<string, string> Labels)
{
    private const string MetadataPrefix = "ISTIO_META_";
    private const string LabelsFile = "/etc/istio/pod/labels";

    /// <summary>Istio's cluster and mesh of a single-cluster installation.</summary>
    public string ClusterId { get; init; } = "Kubernetes";

    public string MeshId { get; init; } = "cluster.local";

    /// <summary>What else the environment says as <c>ISTIO_META_*</c>, by the names without that prefix.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>The release whose configuration we speak.</summary>
    public string IstioVersion { get; init; } = "1.31.0";

    public static NodeIdentity FromEnvironment(string type, IReadOnlyDictionary<string, string> environment)
    {
        string? Text(string name) => environment.GetValueOrDefault(name);
        var pod = Text("POD_NAME") ?? Environment.MachineName;
        return new NodeIdentity(
            type,
            Text("INSTANCE_IP") ?? "127.0.0.1",
            pod,
            Text("POD_NAMESPACE") ?? "default",
            Text("ISTIO_META_WORKLOAD_NAME") ?? pod,
            Text("ISTIO_META_OWNER") ?? "",
            Text("SERVICE_ACCOUNT") ?? "default",
            File.Exists(LabelsFile) ? ReadLabels(File.ReadLines(LabelsFile)) : new Dictionary<string, string>())
        {
            ClusterId = Text("ISTIO_META_CLUSTER_ID") ?? "Kubernetes",
            MeshId = Text("ISTIO_META_MESH_ID") ?? "cluster.local",
            Metadata = environment.Where(entry => entry.Key.StartsWith(MetadataPrefix, StringComparison.Ordinal))
                .ToDictionary(entry => entry.Key[MetadataPrefix.Length..], entry => entry.Value, StringComparer.Ordinal),
        };
    }

    /// <summary>Reads the downward API's file: a line <c>name="value"</c> for each label.</summary>
    public static Dictionary<string, string> ReadLabels(IEnumerable<string> lines)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in lines)
        {
            var split = line.IndexOf('=', StringComparison.Ordinal);
            if (split > 0)
            {
                // Label values hold nothing that would have to be escaped.
                labels[line[..split]] = line[(split + 1)..].Trim('"');
            }
        }

        return labels;
    }

    /// <summary>The node as xDS tells it.</summary>
    public Node ToNode()
    {
        var metadata = new Struct();
        void Put(string name, string value) => metadata.Fields[name] = Value.ForString(value);
        foreach (var (name, value) in Metadata)
        {
            Put(name, value);
        }

        Put("NAME", Pod);
        Put("NAMESPACE", Namespace);
        Put("WORKLOAD_NAME", Workload);
        Put("OWNER", Owner);
        Put("SERVICE_ACCOUNT", ServiceAccount);
        Put("CLUSTER_ID", ClusterId);
        Put("MESH_ID", MeshId);
        Put("ISTIO_VERSION", IstioVersion);
        Put("INSTANCE_IPS", Address);
        var labels = new Struct();
        foreach (var (name, value) in Labels)
        {
            labels.Fields[name] = Value.ForString(value);
        }

        metadata.Fields["LABELS"] = Value.ForStruct(labels);
        return new Node
        {
            Id = $"{Type}~{Address}~{Pod}.{Namespace}~{Namespace}.svc.cluster.local",
            Cluster = $"{Workload}.{Namespace}",
            Metadata = metadata,
            UserAgentName = "mizzen-proxy",
            UserAgentVersion = IstioVersion,
        };
    }
}
