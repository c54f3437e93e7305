using System.Text.Json.Nodes;
using Mizzen.Api;
using Mizzen.Resources.Reading;

namespace Mizzen.Pods;

/// <summary>One pod.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Object">The object.</param>
internal sealed record Pod(string Namespace, string Name, JsonObject Object)
{
    private const string ProxyContainer = "istio-proxy";

    public static Pod From(JsonObject pod) => new(pod.Text("metadata", "namespace"), pod.Text("metadata", "name"), pod);

    /// <summary>Whether it has a proxy that runs.</summary>
    public bool HasRunningProxy =>
        Object.At("status", "containerStatuses").Objects().Concat(Object.At("status", "initContainerStatuses").Objects())
            .Any(status => status.Text("name") == ProxyContainer && status.At("state", "running") is not null);

    public override string ToString() => $"{Name}.{Namespace}";
}

/// <summary>Finds the pod that a user means.</summary>
internal static class PodName
{
    /// <summary>
    /// The pod of <c>NAME</c>, <c>NAME.NAMESPACE</c>, <c>deploy/NAME[.NAMESPACE]</c>, or a running pod of the workload <c>NAME</c>: the one
    /// that its Deployment's name, its label <c>app</c> or its name's beginning says.
    /// </summary>
    /// <exception cref="UserErrorException">There is none; the message names the nearest.</exception>
    public static async Task<Pod> FindAsync(KubernetesApi api, string text, string? ns, CancellationToken cancellationToken)
    {
        var all = await AllAsync(api, cancellationToken);
        var (name, scope) = Split(text[(text.IndexOf('/', StringComparison.Ordinal) + 1)..], ns, all);
        var inScope = all.Where(pod => pod.Namespace == scope).ToList();
        return inScope.FirstOrDefault(pod => pod.Name == name)
            ?? inScope.OrderByDescending(pod => pod.HasRunningProxy).FirstOrDefault(pod => IsOf(pod, name))
            ?? throw new UserErrorException($"there is no pod or workload '{name}' in namespace {scope}" + Hint(name, scope, all));
    }

    /// <summary>Every pod of the cluster.</summary>
    public static async Task<IReadOnlyList<Pod>> AllAsync(KubernetesApi api, CancellationToken cancellationToken) =>
        [.. (await api.GetAsync("/api/v1/pods", cancellationToken))["items"].Objects().Select(Pod.From)];

    // A dot separates the namespace, but may also be part of the name: what is behind it must be a namespace that has pods.
    private static (string Name, string Namespace) Split(string text, string? ns, IReadOnlyList<Pod> all)
    {
        var dot = text.LastIndexOf('.');
        var behind = dot < 0 ? "" : text[(dot + 1)..];
        return dot > 0 && (ns is null || all.Any(pod => pod.Namespace == behind)) ? (text[..dot], behind) : (text, ns ?? "default");
    }

    private static bool IsOf(Pod pod, string workload)
    {
        var owner = pod.Object.At("metadata", "ownerReferences").Objects().Select(reference => reference.Text("name")).FirstOrDefault() ?? "";
        return owner == workload
            || (owner.StartsWith(workload + "-", StringComparison.Ordinal) && !owner[(workload.Length + 1)..].Contains('-', StringComparison.Ordinal))
            || pod.Object.Text("metadata", "labels", "app") == workload;
    }

    /// <summary>The Deployment's name where there is one: its ReplicaSets add a hash.</summary>
    public static string WorkloadOf(Pod pod)
    {
        var owner = pod.Object.At("metadata", "ownerReferences").Objects().FirstOrDefault();
        var name = owner.Text("name");
        return owner.Text("kind") == "ReplicaSet" && name.LastIndexOf('-') is var dash and > 0 ? name[..dash] : name;
    }

    private static string Hint(string name, string scope, IReadOnlyList<Pod> all)
    {
        if (all.Where(pod => pod.Name == name || IsOf(pod, name)).Select(pod => pod.Namespace).FirstOrDefault() is { } elsewhere)
        {
            return $"; there is one in namespace {elsewhere}: {name}.{elsewhere}";
        }

        var pods = all.Where(pod => pod.Namespace == scope).ToList();
        var names = pods.SelectMany(pod => (string[])[WorkloadOf(pod), pod.Object.Text("metadata", "labels", "app"), pod.Name]).Where(known => known.Length > 0);
        return NearNames.Hint(name, names) is { Length: > 0 } hint ? hint : pods.Count == 0 ? "; the namespace has no pods" : $"; there are {string.Join(", ", pods.Select(pod => pod.Name))}";
    }
}
