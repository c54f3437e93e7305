using System.Text.Json.Nodes;

namespace Mizzen.Api;

/// <summary>Reads the aggregated discovery of a Kubernetes API (<c>apidiscovery.k8s.io/v2</c>, APIGroupDiscoveryList).</summary>
internal static class DiscoveryReader
{
    public static IEnumerable<ServedKind> Read(JsonObject list)
    {
        foreach (var group in Objects(list["items"]))
        {
            var groupName = (string?)group["metadata"]?["name"] ?? "";
            var preferred = true;
            foreach (var version in Objects(group["versions"]))
            {
                foreach (var resource in Objects(version["resources"]))
                {
                    yield return ReadKind(groupName, (string)version["version"]!, resource, preferred);
                }

                preferred = false;
            }
        }
    }

    private static ServedKind ReadKind(string group, string version, JsonObject resource, bool preferred)
    {
        var kind = (string)resource["responseKind"]!["kind"]!;
        var singular = (string?)resource["singularResource"];
        return new ServedKind(
            group,
            version,
            kind,
            (string)resource["resource"]!,
            string.IsNullOrEmpty(singular) ? kind.ToLowerInvariant() : singular,
            [.. (resource["shortNames"] as JsonArray ?? []).Select(name => (string)name!)],
            (string?)resource["scope"] == "Namespaced",
            preferred);
    }

    private static IEnumerable<JsonObject> Objects(JsonNode? array) => (array as JsonArray ?? []).OfType<JsonObject>();
}
