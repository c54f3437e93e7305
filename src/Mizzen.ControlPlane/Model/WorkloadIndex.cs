using Mizzen.Resources.Core;

namespace Mizzen.ControlPlane.Model;

/// <summary>The pods of the mesh.</summary>
internal sealed class WorkloadIndex
{
    private const string Region = "topology.kubernetes.io/region";
    private const string Zone = "topology.kubernetes.io/zone";
    private const string SubZone = "topology.istio.io/subzone";

    private readonly Dictionary<(string Namespace, string Name), Workload> _byName;
    private readonly Dictionary<string, Locality> _nodes;
    private readonly ILookup<string, Workload> _byNamespace;

    private WorkloadIndex(Dictionary<(string, string), Workload> byName, Dictionary<string, Locality> nodes)
    {
        _byName = byName;
        _nodes = nodes;
        _byNamespace = byName.Values.ToLookup(workload => workload.Namespace, StringComparer.Ordinal);
    }

    public static WorkloadIndex Empty { get; } = new([], []);

    public IEnumerable<Workload> All => _byName.Values;

    /// <summary>The index of these pods; the predecessor itself when nothing that matters has changed.</summary>
    public static WorkloadIndex Of(IReadOnlyList<Pod> pods, IReadOnlyList<Node> nodes, WorkloadIndex last)
    {
        var localities = nodes.ToDictionary(node => node.Metadata.Name ?? "", LocalityOf, StringComparer.Ordinal);
        var byName = new Dictionary<(string, string), Workload>(pods.Count);
        var same = pods.Count == last._byName.Count && SameNodes(localities, last._nodes);
        foreach (var pod in pods)
        {
            var workload = Workload.Of(pod, localities.GetValueOrDefault(pod.Spec?.NodeName ?? "", Locality.Unknown));
            var key = (workload.Namespace, workload.Name);
            if (last._byName.TryGetValue(key, out var known) && known.IsSameAs(workload))
            {
                workload = known;
            }
            else
            {
                same = false;
            }

            byName[key] = workload;
        }

        return same ? last : new WorkloadIndex(byName, localities);
    }

    public Workload? Find(string ns, string name) => _byName.GetValueOrDefault((ns, name));

    public IEnumerable<Workload> In(string ns) => _byNamespace[ns];

    public Locality LocalityOfNode(string? node) => node is null ? Locality.Unknown : _nodes.GetValueOrDefault(node, Locality.Unknown);

    private static bool SameNodes(Dictionary<string, Locality> one, Dictionary<string, Locality> other) =>
        one.Count == other.Count && one.All(entry => other.TryGetValue(entry.Key, out var locality) && locality == entry.Value);

    private static Locality LocalityOf(Node node)
    {
        var labels = node.Metadata.Labels;
        return new Locality(labels?.GetValueOrDefault(Region) ?? "", labels?.GetValueOrDefault(Zone) ?? "", labels?.GetValueOrDefault(SubZone) ?? "");
    }
}
