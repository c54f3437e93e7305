using System.Net;
using Envoy.Config.Core.V3;
using Google.Protobuf.WellKnownTypes;
using Mizzen.ControlPlane.Model;

namespace Mizzen.ControlPlane.Push;

/// <summary>Reads who a proxy says to be from its xDS node, in Istio's form.</summary>
internal static class NodeReader
{
    /// <summary>
    /// The node id is <c>type~address~pod.namespace~domain</c>; labels and namespace come from the metadata.
    /// </summary>
    /// <exception cref="FormatException">The id has another form, or names a type of proxy that is not served.</exception>
    public static ProxyView Read(Node? node)
    {
        var id = node?.Id ?? "";
        if (id.Split('~') is not [var type, var address, var pod, _] || pod.LastIndexOf('.') is not (> 0 and var dot))
        {
            throw new FormatException($"node id \"{id}\" is not of the form type~address~pod.namespace~domain");
        }

        if (!IPAddress.TryParse(address, out var ip))
        {
            throw new FormatException($"node id \"{id}\": \"{address}\" is not an IP address");
        }

        var ns = Text(node!.Metadata, "NAMESPACE") ?? pod[(dot + 1)..];
        return new ProxyView(TypeOf(type), ip, pod[..dot], ns, Labels(node.Metadata))
        {
            IsProxyless = Text(node.Metadata, "GENERATOR") == "grpc",
            Version = VersionOf(node),
            Metadata = Texts(node.Metadata),
        };
    }

    /// <summary>The service account that the node claims; null when it claims none.</summary>
    public static string? ServiceAccountOf(Node node) => Text(node.Metadata, "SERVICE_ACCOUNT");

    /// <summary>The release that the proxy says to be of.</summary>
    public static string VersionOf(Node node) => Text(node.Metadata, "ISTIO_VERSION") ?? "";

    private static ProxyType TypeOf(string type) => type switch
    {
        "sidecar" => ProxyType.Sidecar,
        "router" => ProxyType.Router,
        _ => throw new FormatException($"proxies of type \"{type}\" are not served; sidecar and router are"),
    };

    private static Dictionary<string, string> Labels(Struct? metadata) => Texts(metadata?.Fields.GetValueOrDefault("LABELS")?.StructValue);

    private static Dictionary<string, string> Texts(Struct? fields) => fields is null
        ? []
        : fields.Fields.Where(field => field.Value.HasStringValue).ToDictionary(field => field.Key, field => field.Value.StringValue, StringComparer.Ordinal);

    private static string? Text(Struct? metadata, string name) =>
        metadata is not null && metadata.Fields.TryGetValue(name, out var value) && value.HasStringValue && value.StringValue.Length > 0 ? value.StringValue : null;
}
