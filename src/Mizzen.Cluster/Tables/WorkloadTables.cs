using System.Text.Json.Nodes;

namespace Mizzen.Cluster.Tables;

/// <summary>Deployments and ReplicaSets.</summary>
internal static class WorkloadTables
{
    private static readonly TableColumn[] Wide = [new("Containers", Priority: 1), new("Images", Priority: 1), new("Selector", Priority: 1)];

    public static IEnumerable<KeyValuePair<(string Group, string Kind), KindTable>> All { get; } =
    [
        Apps("Deployment", [StandardColumns.Name, new("Ready"), new("Up-to-date"), new("Available"), StandardColumns.Age, .. Wide], (json, now) =>
        [
            json.Name(),
            $"{json.Number("status", "readyReplicas")}/{json.Number("spec", "replicas")}",
            json.Number("status", "updatedReplicas"),
            json.Number("status", "availableReplicas"),
            json.Age(now),
            .. WideCells(json),
        ]),
        Apps("ReplicaSet", [StandardColumns.Name, new("Desired", "integer"), new("Current", "integer"), new("Ready", "integer"), StandardColumns.Age, .. Wide], (json, now) =>
        [
            json.Name(),
            json.Number("spec", "replicas"),
            json.Number("status", "replicas"),
            json.Number("status", "readyReplicas"),
            json.Age(now),
            .. WideCells(json),
        ]),
    ];

    private static KeyValuePair<(string Group, string Kind), KindTable> Apps(
        string kind, TableColumn[] columns, Func<JsonObject, DateTimeOffset, IEnumerable<JsonNode?>> row) =>
        KeyValuePair.Create(("apps", kind), new KindTable(columns, row));

    private static IEnumerable<JsonNode?> WideCells(JsonObject json)
    {
        var containers = json.Items("spec", "template", "spec", "containers");
        return
        [
            string.Join(',', containers.Select(container => container.Text("name"))),
            string.Join(',', containers.Select(container => container.Text("image"))),
            Selector(json.At("spec", "selector")),
        ];
    }

    // As the query parameter labelSelector would be written.
    private static string Selector(JsonNode? selector)
    {
        var labels = (selector.At("matchLabels") as JsonObject ?? []).Select(label => (label.Key, Text: $"{label.Key}={label.Value}"));
        var requirements = selector.Items("matchExpressions").Select(requirement => (Key: requirement.Text("key") ?? "", Text: Requirement(requirement)));
        return string.Join(',', labels.Concat(requirements).OrderBy(part => part.Key, StringComparer.Ordinal).Select(part => part.Text)).OrNone();
    }

    private static string Requirement(JsonNode requirement)
    {
        var key = requirement.Text("key");
        var values = string.Join(',', requirement.Items("values").Select(value => value.ToString()).Order(StringComparer.Ordinal));
        return requirement.Text("operator") switch
        {
            "In" => $"{key} in ({values})",
            "NotIn" => $"{key} notin ({values})",
            "DoesNotExist" => $"!{key}",
            _ => $"{key}",
        };
    }
}
