using System.Text.Json.Nodes;
using Google.Protobuf;
using Mizzen.ControlPlane.Model;

namespace Mizzen.ControlPlane.Translation;

/// <summary>What a proxy is to have as JSON, in the shape of Envoy's <c>/config_dump?include_eds</c>.</summary>
public static class ResourceDump
{
    private const string AdminTypes = "type.googleapis.com/envoy.admin.v3.";

    private static readonly Lazy<JsonFormatter> Formatter = new(() => new JsonFormatter(
        JsonFormatter.Settings.Default.WithTypeRegistry(MessageTypes.Registry).WithPreserveProtoFieldNames(true)));

    /// <summary>The dump.</summary>
    /// <param name="resources">The configuration of one proxy.</param>
    public static JsonObject Of(ProxyResources resources)
    {
        ArgumentNullException.ThrowIfNull(resources);
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
}
