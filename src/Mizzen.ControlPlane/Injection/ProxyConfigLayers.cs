using System.Text.Json.Nodes;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Injection;

/// <summary>
/// The ProxyConfigs that are for a pod, in Istio's order: the root namespace's, its namespace's, the pod's own annotation, its workload's. Of
/// several of one rank the oldest counts.
/// </summary>
internal sealed class ProxyConfigLayers(InjectionSettings settings, string ns, IReadOnlyDictionary<string, string>? labels)
{
    /// <summary>What the pod's annotation is laid over.</summary>
    public IEnumerable<JsonObject> Below => Of(settings.ControlPlaneNamespace, isForWorkload: false)
        .Concat(ns == settings.ControlPlaneNamespace ? [] : Of(ns, isForWorkload: false));

    /// <summary>What is laid over the pod's annotation.</summary>
    public IEnumerable<JsonObject> Above => Of(ns, isForWorkload: true);

    private IEnumerable<JsonObject> Of(string place, bool isForWorkload) => settings.ProxyConfigs
        .Where(config => config.Metadata.Namespace == place && config.Spec is not null)
        .Where(config => config.Spec!.Selector?.MatchLabels is { Count: > 0 } selector ? isForWorkload && Labels.Include(labels, selector) : !isForWorkload)
        .OrderBy(config => config.Metadata.CreationTimestamp ?? default).ThenBy(config => config.Metadata.Name, StringComparer.Ordinal)
        .Take(1).Select(config => Fields(config.Spec!));

    /// <summary>The same settings as the mesh's <c>defaultConfig</c> writes them.</summary>
    private static JsonObject Fields(ProxyConfigSpec spec)
    {
        var fields = new JsonObject();
        if (spec.Concurrency is { } concurrency)
        {
            fields["concurrency"] = concurrency;
        }

        if (spec.EnvironmentVariables is { Count: > 0 } variables)
        {
            fields["proxyMetadata"] = new JsonObject(variables.Select(variable => KeyValuePair.Create(variable.Key, (JsonNode?)variable.Value)));
        }

        return fields;
    }
}
