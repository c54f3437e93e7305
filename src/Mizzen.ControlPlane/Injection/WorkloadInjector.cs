using System.Text.Json.Nodes;

namespace Mizzen.ControlPlane.Injection;

/// <summary>
/// Puts the proxy into manifests instead of pods (<c>kube-inject</c>): a pure function from object to object. Objects that make no pods come
/// back as they are.
/// </summary>
public static class WorkloadInjector
{
    private static readonly Dictionary<string, string[]> Templates = new(StringComparer.Ordinal)
    {
        ["Deployment"] = ["spec", "template"],
        ["ReplicaSet"] = ["spec", "template"],
        ["StatefulSet"] = ["spec", "template"],
        ["DaemonSet"] = ["spec", "template"],
        ["Job"] = ["spec", "template"],
        ["CronJob"] = ["spec", "jobTemplate", "spec", "template"],
    };

    /// <summary>The object with a proxy in its pods.</summary>
    /// <param name="resource">Any Kubernetes object.</param>
    /// <param name="ns">The namespace for objects that name none.</param>
    /// <param name="settings">What to put in.</param>
    /// <exception cref="FormatException">An annotation cannot be understood; the message names it.</exception>
    public static JsonObject Inject(JsonObject resource, string ns, InjectionSettings settings)
    {
        ArgumentNullException.ThrowIfNull(resource);
        var kind = (string?)resource["kind"] ?? "";
        var inside = (string?)resource["metadata"]?["namespace"] ?? ns;
        if (kind == "Pod")
        {
            return SidecarInjector.Inject(resource, inside, settings);
        }

        var injected = resource.DeepClone().AsObject();
        if (Templates.TryGetValue(kind, out var path) && Find(injected, path) is { } template)
        {
            Replace(template, SidecarInjector.Inject(AsPod(template, resource, kind), inside, settings));
        }

        return injected;
    }

    private static JsonObject? Find(JsonObject resource, string[] path) =>
        path.Aggregate((JsonNode?)resource, (node, name) => (node as JsonObject)?[name]) as JsonObject;

    // The workload is to the template what the owner will be to its pods.
    private static JsonObject AsPod(JsonObject template, JsonObject resource, string kind)
    {
        var pod = template.DeepClone().AsObject();
        var metadata = (pod["metadata"] as JsonObject)?.DeepClone().AsObject() ?? [];
        metadata["ownerReferences"] = new JsonArray(new JsonObject
        {
            ["apiVersion"] = (string?)resource["apiVersion"],
            ["kind"] = kind,
            ["name"] = (string?)resource["metadata"]?["name"] ?? "",
            ["uid"] = "",
            ["controller"] = true,
        });
        pod["metadata"] = metadata;
        return pod;
    }

    private static void Replace(JsonObject template, JsonObject pod)
    {
        pod["metadata"]!.AsObject().Remove("ownerReferences");
        template["metadata"] = pod["metadata"]!.DeepClone();
        template["spec"] = pod["spec"]?.DeepClone();
    }
}
