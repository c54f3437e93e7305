using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using Envoy.Config.Cluster.V3;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Mizzen.ControlPlane.Model;
using Mizzen.Xds.Sessions;

namespace Mizzen.ControlPlane.Push;

/// <summary>What people and <c>proxy-status</c> ask of the control plane, in Istio's shapes (<c>/debug/syncz</c>, <c>config_dump</c>, <c>push_status</c>).</summary>
internal sealed class DebugPages(ConnectionRegistry registry, ProxyConfiguration configuration)
{
    private const string AdminTypes = "type.googleapis.com/envoy.admin.v3.";

    private static readonly Lazy<JsonFormatter> Formatter = new(() => new JsonFormatter(
        JsonFormatter.Settings.Default.WithTypeRegistry(TypeRegistry.FromFiles(AllFiles())).WithPreserveProtoFieldNames(true)));

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
    public JsonObject? ConfigDump(string proxyId)
    {
        if (registry.Find(proxyId) is not { } proxy)
        {
            return null;
        }

        var resources = configuration.ResourcesFor(proxy.View);
        return new JsonObject
        {
            ["configs"] = new JsonArray(
                Section("ClustersConfigDump", "dynamic_active_clusters", resources.Clusters, (_, message) => new() { ["cluster"] = message }),
                Section("EndpointsConfigDump", "dynamic_endpoint_configs", resources.Endpoints, (_, message) => new() { ["endpoint_config"] = message }),
                Section(
                    "ListenersConfigDump",
                    "dynamic_listeners",
                    resources.Listeners,
                    (name, message) => new() { ["name"] = name, ["active_state"] = new JsonObject { ["listener"] = message } }),
                Section("RoutesConfigDump", "dynamic_route_configs", resources.Routes, (_, message) => new() { ["route_config"] = message })),
        };
    }

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

    private static JsonObject Section(
        string type, string list, IReadOnlyDictionary<string, IMessage> messages, Func<string, JsonNode?, JsonObject> entry)
    {
        var entries = messages
            .OrderBy(message => message.Key, StringComparer.Ordinal)
            .Select(JsonNode (message) => entry(message.Key, Typed(message.Value)));
        return new JsonObject { ["@type"] = AdminTypes + type, [list] = new JsonArray([.. entries]) };
    }

    private static JsonObject Typed(IMessage message)
    {
        var json = JsonNode.Parse(Formatter.Value.Format(message))!.AsObject();
        json.Insert(0, "@type", "type.googleapis.com/" + message.Descriptor.FullName);
        return json;
    }

    private static IEnumerable<FileDescriptor> AllFiles() => typeof(Cluster).Assembly.GetTypes()
        .Where(type => type.Name.EndsWith("Reflection", StringComparison.Ordinal))
        .Select(type => type.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)?.GetValue(null))
        .OfType<FileDescriptor>();
}
