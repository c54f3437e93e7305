using System.Text.Json.Nodes;

namespace Mizzen.Cluster.Tables;

/// <summary>What makes pods.</summary>
internal static class WorkloadTables
{
    private static readonly TableColumn[] Wide = [new("Containers", Priority: 1), new("Images", Priority: 1), new("Selector", Priority: 1)];

    private static readonly TableColumn[] DaemonSetColumns =
    [
        StandardColumns.Name, new("Desired", "integer"), new("Current", "integer"), new("Ready", "integer"), new("Up-to-date", "integer"),
        new("Available", "integer"), new("Node Selector"), StandardColumns.Age, .. Wide,
    ];

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
        Apps("StatefulSet", [StandardColumns.Name, new("Ready"), StandardColumns.Age, .. Wide[..2]], (json, now) =>
            [json.Name(), $"{json.Number("status", "readyReplicas")}/{json.Number("spec", "replicas")}", json.Age(now), .. WideCells(json).Take(2)]),
        Apps("DaemonSet", DaemonSetColumns, (json, now) =>
        [
            json.Name(),
            json.Number("status", "desiredNumberScheduled"),
            json.Number("status", "currentNumberScheduled"),
            json.Number("status", "numberReady"),
            json.Number("status", "updatedNumberScheduled"),
            json.Number("status", "numberAvailable"),
            json.Labels("spec", "template", "spec", "nodeSelector"),
            json.Age(now),
            .. WideCells(json),
        ]),
        Apps("ControllerRevision", [StandardColumns.Name, new("Controller"), new("Revision", "integer"), StandardColumns.Age], (json, now) =>
            [json.Name(), Controller(json), json.Number("revision"), json.Age(now)]),
        KeyValuePair.Create(("batch", "Job"), new KindTable(
            [StandardColumns.Name, new("Status"), new("Completions"), new("Duration"), StandardColumns.Age, .. Wide],
            (json, now) => [json.Name(), JobState(json), Completions(json), JobDuration(json, now), json.Age(now), .. WideCells(json)])),
        KeyValuePair.Create(("policy", "PodDisruptionBudget"), new KindTable(
            [StandardColumns.Name, new("Min Available"), new("Max Unavailable"), new("Allowed Disruptions", "integer"), StandardColumns.Age],
            (json, now) => [json.Name(), Amount(json, "minAvailable"), Amount(json, "maxUnavailable"), json.Number("status", "disruptionsAllowed"), json.Age(now)])),
    ];

    private static KeyValuePair<(string Group, string Kind), KindTable> Apps(
        string kind, TableColumn[] columns, Func<JsonObject, DateTimeOffset, IEnumerable<JsonNode?>> row) =>
        KeyValuePair.Create(("apps", kind), new KindTable(columns, row));

    private static string Controller(JsonObject json) =>
        json.Items("metadata", "ownerReferences").FirstOrDefault(owner => owner.Flag("controller")) is { } owner
            ? $"{owner.Text("kind")?.ToLowerInvariant()}.{owner.Text("apiVersion")?.Split('/')[0]}/{owner.Text("name")}"
            : JsonFields.None;

    private static string Amount(JsonObject json, string name) => (json["spec"] as JsonObject)?[name]?.ToString() ?? "N/A";

    private static string JobState(JsonObject json)
    {
        var holding = json.Items("status", "conditions").Where(condition => condition.Text("status") == "True").Select(condition => condition.Text("type")).ToList();
        return holding.Contains("Complete") ? "Complete"
            : holding.Contains("Failed") ? "Failed"
            : json.Text("metadata", "deletionTimestamp") is not null ? "Terminating"
            : holding.Contains("Suspended") ? "Suspended"
            : holding.Contains("FailureTarget") ? "FailureTarget"
            : holding.Contains("SuccessCriteriaMet") ? "SuccessCriteriaMet"
            : "Running";
    }

    private static string Completions(JsonObject json)
    {
        var succeeded = json.Number("status", "succeeded");
        var parallelism = json.Number("spec", "parallelism");
        return json.At("spec", "completions") is not null ? $"{succeeded}/{json.Number("spec", "completions")}"
            : parallelism > 1 ? $"{succeeded}/1 of {parallelism}"
            : $"{succeeded}/1";
    }

    private static string JobDuration(JsonObject json, DateTimeOffset now) => json.Time("status", "startTime") is { } start
        ? Duration.Text((json.Time("status", "completionTime") ?? now) - start)
        : "";

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
