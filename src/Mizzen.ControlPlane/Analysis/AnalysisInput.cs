using System.Text.Json.Nodes;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Reading;

namespace Mizzen.ControlPlane.Analysis;

/// <summary>What an analyzer looks at: the mesh, and every object as it was written.</summary>
public sealed class AnalysisInput
{
    private static readonly string[] TemplateKinds = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"];

    private readonly ILookup<string, JsonObject> _byKind;
    private readonly Lazy<IReadOnlyList<PodFacts>> _pods;

    /// <summary>Takes the mesh and the objects that it was made from, those of other kinds among them.</summary>
    public AnalysisInput(MeshSnapshot mesh, IReadOnlyList<JsonObject> objects)
    {
        ArgumentNullException.ThrowIfNull(objects);
        Mesh = mesh;
        Objects = objects;
        _byKind = objects.ToLookup(item => item.Text("kind"), StringComparer.Ordinal);
        _pods = new Lazy<IReadOnlyList<PodFacts>>(ReadPods);
    }

    internal MeshSnapshot Mesh { get; }

    internal IReadOnlyList<JsonObject> Objects { get; }

    /// <summary>The pods, and of workloads without pods what their templates would make.</summary>
    internal IReadOnlyList<PodFacts> Pods => _pods.Value;

    /// <summary>The objects of a kind whose group ends so: Gateways are Istio's or the Gateway API's.</summary>
    internal IEnumerable<JsonObject> Of(string kind, string group = "") => _byKind[kind].Where(item => GroupOf(item).EndsWith(group, StringComparison.Ordinal));

    internal JsonObject? Find(string kind, string? ns, string name) => _byKind[kind].FirstOrDefault(item => item.Text("metadata", "name") == name && item.Text("metadata", "namespace") == (ns ?? ""));

    internal static ResourceKey KeyOf(JsonObject item)
    {
        var ns = item.Text("metadata", "namespace");
        return new ResourceKey(GroupOf(item), item.Text("kind"), ns.Length == 0 ? null : ns, item.Text("metadata", "name"));
    }

    internal static string GroupOf(JsonObject item)
    {
        var version = item.Text("apiVersion");
        var slash = version.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? "" : version[..slash];
    }

    private List<PodFacts> ReadPods()
    {
        var pods = _byKind["Pod"].Select(pod => new PodFacts(pod, pod, "")).ToList();
        foreach (var owner in TemplateKinds.SelectMany(kind => _byKind[kind]))
        {
            var template = owner.At("spec", "template") as JsonObject ?? [];
            var facts = new PodFacts(owner, template, "spec.template.");
            if (!pods.Exists(pod => pod.Namespace == facts.Namespace && facts.Labels.Count > 0 && Model.Labels.Include(pod.Labels, facts.Labels)))
            {
                pods.Add(facts);
            }
        }

        return pods;
    }
}

/// <summary>A pod, or the template of one.</summary>
/// <param name="Owner">The object that users write: the pod, or its workload.</param>
/// <param name="Template">The object with the pod's metadata and spec.</param>
/// <param name="Path">Where that is in the owner: empty, or <c>spec.template.</c>.</param>
internal sealed record PodFacts(JsonObject Owner, JsonObject Template, string Path)
{
    public string Namespace => Owner.Text("metadata", "namespace");

    public string Name => Owner.Text("metadata", "name");

    public bool IsPod => Path.Length == 0;

    public IReadOnlyDictionary<string, string> Labels { get; } = Template.At("metadata", "labels").TextMap();

    public IReadOnlyDictionary<string, string> Annotations { get; } = Template.At("metadata", "annotations").TextMap();

    public IEnumerable<JsonObject> Containers => Template.At("spec", "initContainers").Objects().Concat(Template.At("spec", "containers").Objects());

    public bool HasProxy => Containers.Any(container => container.Text("name") == "istio-proxy");

    public override string ToString() => $"{Name}.{Namespace}";
}
