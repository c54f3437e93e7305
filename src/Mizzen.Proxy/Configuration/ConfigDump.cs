using System.Text;
using Google.Protobuf;

namespace Mizzen.Proxy.Configuration;

/// <summary>
/// The accepted configuration as JSON in the shape of Envoy's <c>/config_dump</c> (<c>envoy.admin.v3.ConfigDump</c>), which istioctl and
/// other tools read: one section a type, every resource with its type inside.
/// </summary>
internal static class ConfigDump
{
    private static readonly JsonFormatter Formatter =
        new(JsonFormatter.Settings.Default.WithTypeRegistry(KnownTypes.Registry).WithPreserveProtoFieldNames(true));

    private static readonly Section[] Sections =
    [
        new(TypeUrls.Cluster, "ClustersConfigDump", "dynamic_active_clusters", (_, resource) => $$"""{"cluster":{{resource}}}"""),
        new(TypeUrls.Listener, "ListenersConfigDump", "dynamic_listeners", (name, resource) => $$$"""{"name":{{{JsonText.Quote(name)}}},"active_state":{"listener":{{{resource}}}}}"""),
        new(TypeUrls.RouteConfiguration, "RoutesConfigDump", "dynamic_route_configs", (_, resource) => $$"""{"route_config":{{resource}}}"""),
        new(TypeUrls.ClusterLoadAssignment, "EndpointsConfigDump", "dynamic_endpoint_configs", (_, resource) => $$"""{"endpoint_config":{{resource}}}"""),
        new(TypeUrls.Secret, "SecretsConfigDump", "dynamic_active_secrets", (name, resource) => $$"""{"name":{{JsonText.Quote(name)}},"secret":{{resource}}}"""),
    ];

    /// <summary>The dump.</summary>
    /// <param name="bootstrap">What the proxy was started with, as JSON (<c>envoy.config.bootstrap.v3.Bootstrap</c>).</param>
    /// <param name="messages">Every accepted resource.</param>
    /// <param name="withEndpoints">Endpoints too, which are many: <c>?include_eds</c>.</param>
    public static string Write(string bootstrap, IReadOnlyList<(string TypeUrl, string Name, IMessage Message)> messages, bool withEndpoints)
    {
        var text = new StringBuilder("{\"configs\":[");
        text.Append("{\"@type\":\"type.googleapis.com/envoy.admin.v3.BootstrapConfigDump\",\"bootstrap\":").Append(bootstrap).Append('}');
        foreach (var section in Sections.Where(section => withEndpoints || section.TypeUrl != TypeUrls.ClusterLoadAssignment))
        {
            text.Append(",\n{\"@type\":\"type.googleapis.com/envoy.admin.v3.").Append(section.Type).Append("\",\"").Append(section.List).Append("\":[");
            text.AppendJoin(",\n", messages.Where(message => message.TypeUrl == section.TypeUrl).Select(message => section.Entry(message.Name, Typed(message.TypeUrl, message.Message))));
            text.Append("]}");
        }

        return text.Append("]}\n").ToString();
    }

    /// <summary>A message as JSON in the dump's style.</summary>
    public static string Json(IMessage message) => Formatter.Format(message);

    private static string Typed(string typeUrl, IMessage message)
    {
        var json = Json(message);
        var rest = json.AsSpan(1).TrimStart();
        return $"{{\"@type\":\"{typeUrl}\"{(rest[0] == '}' ? "" : ",")}{rest}";
    }

    private sealed record Section(string TypeUrl, string Type, string List, Func<string, string, string> Entry);
}
