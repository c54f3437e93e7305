namespace Mizzen.Proxy.Observation;

/// <summary>A workload as Istio's metrics name it; what is not known is <see cref="None"/>.</summary>
internal sealed record WorkloadIdentity
{
    /// <summary>The value of a label that nobody could fill.</summary>
    public const string None = "unknown";

    /// <summary>A peer that told nothing about itself.</summary>
    public static WorkloadIdentity Unknown { get; } = new();

    public string Workload { get; init; } = None;

    public string Namespace { get; init; } = None;

    public string CanonicalService { get; init; } = None;

    public string CanonicalRevision { get; init; } = None;

    public string App { get; init; } = None;

    public string Version { get; init; } = None;

    public string Cluster { get; init; } = None;

    /// <summary>From endpoint metadata <c>istio.workload</c>: workload;namespace;canonical name;canonical revision;cluster. No revision means latest.</summary>
    public static WorkloadIdentity FromEndpoint(string workload)
    {
        var parts = workload.Split(';');
        if (parts.Length < 5)
        {
            return Unknown;
        }

        return new WorkloadIdentity
        {
            Workload = Known(parts[0]),
            Namespace = Known(parts[1]),
            CanonicalService = Known(parts[2]),
            CanonicalRevision = parts[3].Length > 0 ? parts[3] : "latest",
            Cluster = Known(parts[4]),
        };
    }

    /// <summary>From a workload's labels, as Istio's injection reads them.</summary>
    public static WorkloadIdentity FromLabels(string workload, string ns, string cluster, IReadOnlyDictionary<string, string> labels)
    {
        string First(string last, params string[] names) =>
            names.Select(name => labels.GetValueOrDefault(name)).FirstOrDefault(value => !string.IsNullOrEmpty(value)) ?? last;
        return new WorkloadIdentity
        {
            Workload = Known(workload),
            Namespace = Known(ns),
            Cluster = Known(cluster),
            App = First(None, "app"),
            Version = First(None, "version"),
            CanonicalService = First(Known(workload), "service.istio.io/canonical-name", "app.kubernetes.io/name", "app"),
            CanonicalRevision = First("latest", "service.istio.io/canonical-revision", "app.kubernetes.io/version", "version"),
        };
    }

    private static string Known(string text) => text.Length > 0 ? text : None;
}
