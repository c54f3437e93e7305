using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mizzen.Inspection;

/// <summary>A proxy's configuration as its <c>/config_dump</c> tells it (<c>envoy.admin.v3.ConfigDump</c>), ours or Envoy's.</summary>
internal sealed class ConfigDump
{
    private readonly JsonArray _sections;

    private ConfigDump(JsonArray sections) => _sections = sections;

    /// <summary>Listeners, by name.</summary>
    public IReadOnlyList<JsonObject> Listeners => Of(("ListenersConfigDump", "static_listeners", "listener"), ("ListenersConfigDump", "dynamic_listeners", "active_state.listener"));

    /// <summary>Clusters, by name.</summary>
    public IReadOnlyList<JsonObject> Clusters => Of(("ClustersConfigDump", "static_clusters", "cluster"), ("ClustersConfigDump", "dynamic_active_clusters", "cluster"));

    /// <summary>Route configurations, by name.</summary>
    public IReadOnlyList<JsonObject> Routes => Of(("RoutesConfigDump", "static_route_configs", "route_config"), ("RoutesConfigDump", "dynamic_route_configs", "route_config"));

    /// <summary>Cluster load assignments, by cluster; none when the dump was made without them.</summary>
    public IReadOnlyList<JsonObject> Endpoints => Of(("EndpointsConfigDump", "static_endpoint_configs", "endpoint_config"), ("EndpointsConfigDump", "dynamic_endpoint_configs", "endpoint_config"));

    /// <summary>The dump's entries about secrets, certificates that are awaited among them.</summary>
    public IReadOnlyList<JsonObject> Secrets =>
        Of(("SecretsConfigDump", "static_secrets", ""), ("SecretsConfigDump", "dynamic_active_secrets", ""), ("SecretsConfigDump", "dynamic_warming_secrets", ""));

    /// <summary>What the proxy was started with; null when the dump does not tell.</summary>
    public JsonObject? Bootstrap => Section("BootstrapConfigDump")?["bootstrap"] as JsonObject;

    /// <summary>Reads a dump.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">Where it comes from, for the message.</param>
    /// <exception cref="UserErrorException">It is no dump.</exception>
    public static ConfigDump Parse(string json, string source)
    {
        try
        {
            return JsonNode.Parse(json)?["configs"] is JsonArray sections
                ? new ConfigDump(sections)
                : throw new UserErrorException($"{source}: this is no configuration dump: it has no \"configs\"; get one with: mizzen proxy-config all POD -o json");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new UserErrorException($"{source}: this is no configuration dump: {error.Message}", error);
        }
    }

    /// <summary>The whole as it was read.</summary>
    public JsonObject ToJson() => new() { ["configs"] = _sections.DeepClone() };

    private List<JsonObject> Of(params (string Type, string List, string Path)[] places) =>
    [
        .. places
            .SelectMany(place => (Section(place.Type)?[place.List] as JsonArray ?? []).Select(entry => Inside(entry, place.Path)))
            .OfType<JsonObject>()
            .OrderBy(NameOf, StringComparer.Ordinal),
    ];

    private JsonObject? Section(string type) =>
        _sections.OfType<JsonObject>().FirstOrDefault(section => ((string?)section["@type"] ?? "").EndsWith("." + type, StringComparison.Ordinal));

    private static JsonNode? Inside(JsonNode? entry, string path) =>
        path.Split('.', StringSplitOptions.RemoveEmptyEntries).Aggregate(entry, (node, field) => node?[field]);

    private static string NameOf(JsonObject item) => (string?)item["name"] ?? (string?)item["cluster_name"] ?? "";
}
