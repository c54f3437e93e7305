using Mizzen.Resources.Core;

namespace Mizzen.ControlPlane.Model;

/// <summary>Where a workload runs.</summary>
internal sealed record Locality(string Region, string Zone, string SubZone)
{
    public static Locality Unknown { get; } = new("", "", "");

    /// <summary><c>region/zone/subzone</c>, the later parts optional.</summary>
    public static Locality Parse(string? text)
    {
        var parts = (text ?? "").Split('/');
        return parts[0].Length == 0 ? Unknown : new Locality(parts[0], parts.Length > 1 ? parts[1] : "", parts.Length > 2 ? parts[2] : "");
    }
}

/// <summary>
/// What the mesh needs to know of a pod or a WorkloadEntry. Compared by reference: an index keeps the object of its predecessor while
/// nothing in it changes, though the pod's own status changes all the time.
/// </summary>
internal sealed class Workload
{
    /// <summary>Istio's name of a mesh's only cluster.</summary>
    public const string DefaultCluster = "Kubernetes";

    private static readonly Dictionary<string, string> NoLabels = [];

    public required string Namespace { get; init; }

    public required string Name { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = NoLabels;

    public Locality Locality { get; init; } = Locality.Unknown;

    /// <summary>The node's name; empty when there is none.</summary>
    public string Node { get; init; } = "";

    /// <summary>The pod's address; null while it has none.</summary>
    public string? Address { get; init; }

    /// <summary>Takes requests: no probe says otherwise, and nobody is ending it.</summary>
    public bool IsReady { get; init; } = true;

    /// <summary>The workload's name: the Deployment's, where there is one.</summary>
    public required string Owner { get; init; }

    /// <summary>Its service account.</summary>
    public string ServiceAccount { get; init; } = "default";

    /// <summary>Its proxy takes mutual TLS: injection says so by a label, which Istio's clients look at, too.</summary>
    public bool TakesMutualTls => Labels.GetValueOrDefault("security.istio.io/tlsMode") == "istio";

    /// <summary>The numbers of the ports that the pod's containers name.</summary>
    public IReadOnlyDictionary<string, int> NamedPorts { get; init; } = new Dictionary<string, int>();

    /// <summary>Istio's endpoint metadata <c>istio.workload</c>: workload; namespace; canonical name; revision, empty for latest; cluster.</summary>
    public string Metadata => $"{Owner};{Namespace};{CanonicalName};{CanonicalRevision};{DefaultCluster}";

    private string CanonicalName => Label("service.istio.io/canonical-name") ?? Label("app.kubernetes.io/name") ?? Label("app") ?? Owner;

    private string CanonicalRevision
    {
        get
        {
            var revision = Label("service.istio.io/canonical-revision") ?? Label("app.kubernetes.io/version") ?? Label("version");
            return revision is null or "latest" ? "" : revision;
        }
    }

    public static Workload Of(Pod pod, Locality locality) => new()
    {
        Namespace = pod.Metadata.Namespace ?? "",
        Name = pod.Metadata.Name ?? "",
        Labels = pod.Metadata.Labels ?? NoLabels,
        Locality = pod.Metadata.Labels?.GetValueOrDefault("istio-locality") is { } own ? Locality.Parse(own.Replace('.', '/')) : locality,
        Node = pod.Spec?.NodeName ?? "",
        Address = pod.Status?.PodIp,
        IsReady = pod.Metadata.DeletionTimestamp is null && pod.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: not "True" }) != true,
        Owner = OwnerOf(pod),
        ServiceAccount = pod.Spec?.ServiceAccountName is { Length: > 0 } account ? account : "default",
        NamedPorts = (pod.Spec?.Containers ?? [])
            .SelectMany(container => container.Ports ?? [])
            .Where(port => port.Name is not null)
            .DistinctBy(port => port.Name)
            .ToDictionary(port => port.Name!, port => port.Port, StringComparer.Ordinal),
    };

    public bool IsSameAs(Workload other) =>
        Namespace == other.Namespace && Name == other.Name && Owner == other.Owner && ServiceAccount == other.ServiceAccount && Address == other.Address
        && Locality == other.Locality && Node == other.Node && IsReady == other.IsReady
        && SameEntries(Labels, other.Labels) && SameEntries(NamedPorts, other.NamedPorts);

    private static bool SameEntries<TValue>(IReadOnlyDictionary<string, TValue> one, IReadOnlyDictionary<string, TValue> other) =>
        one.Count == other.Count && one.All(entry => other.TryGetValue(entry.Key, out var value) && EqualityComparer<TValue>.Default.Equals(value, entry.Value));

    private static string OwnerOf(Pod pod)
    {
        var name = pod.Metadata.Name ?? "";
        var owner = pod.Metadata.OwnerReferences?.FirstOrDefault(reference => reference.Controller == true);
        if (owner is null)
        {
            return name;
        }

        // A ReplicaSet of a Deployment is named after it, with the template's hash behind a dash.
        var hash = pod.Metadata.Labels?.GetValueOrDefault("pod-template-hash");
        return owner.Kind == "ReplicaSet" && hash is not null && owner.Name.EndsWith("-" + hash, StringComparison.Ordinal)
            ? owner.Name[..^(hash.Length + 1)]
            : owner.Name;
    }

    private string? Label(string name) => Labels.TryGetValue(name, out var value) && value.Length > 0 ? value : null;
}
