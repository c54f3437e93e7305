using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;

namespace Mizzen.Inspection;

/// <summary>Istio's objects behind parts of a configuration, from <c>metadata.filter_metadata.istio.config</c>.</summary>
internal static class Origins
{
    /// <summary><c>name.namespace</c>, as istioctl's tables have it; empty when the metadata tell none.</summary>
    public static string Of(JsonNode? part) => Path(part).Split('/') is ["", "apis", _, _, "namespaces", var ns, _, var name] ? $"{name}.{ns}" : "";

    /// <summary><c>VirtualService default/reviews</c>; empty when the metadata tell none.</summary>
    public static string KindAndName(JsonNode? part) => Path(part).Split('/') is ["", "apis", _, _, "namespaces", var ns, var kind, var name] ? $"{Kind(kind)} {ns}/{name}" : "";

    private static string Path(JsonNode? part) => part.Text("metadata", "filter_metadata", "istio", "config");

    private static string Kind(string dashed) => string.Concat(dashed.Split('-').Select(word => word.Length == 0 ? "" : char.ToUpperInvariant(word[0]) + word[1..]));
}
