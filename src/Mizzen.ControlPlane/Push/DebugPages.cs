using System.Globalization;
using System.Text.Json.Nodes;
using Mizzen.ControlPlane.Model;
using Mizzen.ControlPlane.Translation;
using Mizzen.Xds.Sessions;

namespace Mizzen.ControlPlane.Push;

/// <summary>What people and <c>proxy-status</c> ask of the control plane, in Istio's shapes (<c>/debug/syncz</c>, <c>config_dump</c>, <c>push_status</c>).</summary>
internal sealed class DebugPages(ConnectionRegistry registry, ProxyConfiguration configuration)
{
    /// <summary>Each connected proxy with the nonces of what it was sent and what it has acknowledged, by type.</summary>
    public JsonArray Syncz() => [.. registry.All.Select(JsonNode (proxy) => SyncOf(proxy))];

    /// <summary>The mesh's version, which proxies have it, what they refuse, and what is wrong in the mesh.</summary>
    public JsonObject PushStatus() => new()
    {
        ["version"] = configuration.Version,
        ["age"] = string.Create(CultureInfo.InvariantCulture, $"{configuration.Age.TotalSeconds:0.###}s"),
        ["proxies"] = new JsonObject(registry.All.Select(proxy => KeyValuePair.Create(proxy.Id, (JsonNode?)JsonValue.Create(proxy.Version)))),
        ["refusals"] = new JsonArray(
        [
            .. registry.Refusals().Select(JsonNode (entry) =>
            {
                var refusal = RefusalOf(entry.Refusal);
                refusal.Insert(0, "proxy", entry.Proxy.Id);
                return refusal;
            }),
        ]),
        ["problems"] = new JsonArray([.. configuration.Snapshot.Problems.Select(JsonNode (problem) => problem.ToString())]),
    };

    /// <summary>What a connected proxy is to have now, in the shape of Envoy's own <c>/config_dump</c>; null when it is not connected.</summary>
    public JsonObject? ConfigDump(string proxyId) =>
        registry.Find(proxyId) is { } proxy ? ResourceDump.Of(configuration.ResourcesFor(proxy.View)) : null;

    private JsonObject SyncOf(ProxyConnection proxy)
    {
        var sync = new JsonObject
        {
            ["cluster_id"] = "Kubernetes",
            ["proxy"] = $"{proxy.View.Name}.{proxy.View.Namespace}",
            ["proxy_type"] = proxy.View.Type == ProxyType.Router ? "router" : "sidecar",
            ["istio_version"] = proxy.ProxyVersion,
        };
        var all = proxy.Progress;
        foreach (var progress in all)
        {
            if (NameOf(progress.TypeUrl) is { } name)
            {
                sync[name + "_sent"] = progress.SentNonce;
                sync[name + "_acked"] = progress.AcknowledgedNonce;
            }
        }

        sync["connected_at"] = proxy.ConnectedAt.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        sync["mesh_version"] = proxy.Version;
        sync["types"] = new JsonObject(all.Select(progress => KeyValuePair.Create(ResourceTypes.ShortName(progress.TypeUrl), (JsonNode?)StateOf(progress, proxy.Version))));
        sync["refusals"] = new JsonArray([.. all.SelectMany(progress => progress.Refusals).Select(JsonNode (refusal) => RefusalOf(refusal))]);
        return sync;
    }

    /// <summary>Istio's words: what was sent and not taken yet, or is newer than what was sent, is stale.</summary>
    private string StateOf(TypeProgress progress, long version) =>
        progress.IsSettled && version == configuration.Version ? "SYNCED"
        : progress is { SentNonce: "", IsSettled: false } ? "NOT SENT"
        : "STALE";

    private static JsonObject RefusalOf(Refusal refusal) => new()
    {
        ["type"] = ResourceTypes.ShortName(refusal.TypeUrl),
        ["resource"] = refusal.Name,
        ["reason"] = refusal.Reason,
    };

    private static string? NameOf(string typeUrl) => typeUrl switch
    {
        ResourceTypes.Cluster => "cluster",
        ResourceTypes.Endpoints => "endpoint",
        ResourceTypes.Listener => "listener",
        ResourceTypes.Route => "route",
        _ => null,
    };
}
