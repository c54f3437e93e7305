using System.Text.Json.Nodes;

namespace Mizzen.Cluster.Tables;

/// <summary>The kinds of the core group that are neither pods nor networks.</summary>
internal static class CoreTables
{
    private const string RoleLabel = "node-role.kubernetes.io/";

    public static IEnumerable<KeyValuePair<(string Group, string Kind), KindTable>> All { get; } =
    [
        Core("Namespace", [StandardColumns.Name, new("Status"), StandardColumns.Age], (json, now) => [json.Name(), json.Text("status", "phase") ?? "", json.Age(now)]),
        Core("ConfigMap", [StandardColumns.Name, new("Data"), StandardColumns.Age], (json, now) => [json.Name(), json.Count("data") + json.Count("binaryData"), json.Age(now)]),
        Core(
            "Secret",
            [StandardColumns.Name, new("Type"), new("Data"), StandardColumns.Age],
            (json, now) => [json.Name(), json.Text("type") ?? "", json.Count("data"), json.Age(now)]),
        Core("ServiceAccount", [StandardColumns.Name, new("Secrets"), StandardColumns.Age], (json, now) => [json.Name(), json.Count("secrets"), json.Age(now)]),
        Core(
            "Node",
            [
                StandardColumns.Name, new("Status"), new("Roles"), StandardColumns.Age, new("Version"), new("Internal-IP", Priority: 1), new("External-IP", Priority: 1),
                new("OS-Image", Priority: 1), new("Kernel-Version", Priority: 1), new("Container-Runtime", Priority: 1),
            ],
            NodeRow),
        Core(
            "Event",
            [
                new("Last Seen"), new("Type"), new("Reason"), new("Object"), new("Subobject", Priority: 1), new("Source", Priority: 1), new("Message"),
                new("First Seen", Priority: 1), new("Count", Priority: 1), new("Name", Priority: 1) { Format = "name" },
            ],
            EventRow),
    ];

    private static KeyValuePair<(string Group, string Kind), KindTable> Core(
        string kind, TableColumn[] columns, Func<JsonObject, DateTimeOffset, IEnumerable<JsonNode?>> row) =>
        KeyValuePair.Create(("", kind), new KindTable(columns, row));

    private static IEnumerable<JsonNode?> NodeRow(JsonObject node, DateTimeOffset now) =>
    [
        node.Name(),
        NodeStatus(node),
        NodeRoles(node),
        node.Age(now),
        node.Text("status", "nodeInfo", "kubeletVersion") ?? "",
        NodeAddress(node, "InternalIP"),
        NodeAddress(node, "ExternalIP"),
        node.Text("status", "nodeInfo", "osImage") ?? JsonFields.Unknown,
        node.Text("status", "nodeInfo", "kernelVersion") ?? JsonFields.Unknown,
        node.Text("status", "nodeInfo", "containerRuntimeVersion") ?? JsonFields.Unknown,
    ];

    private static string NodeStatus(JsonObject node)
    {
        var ready = node.Items("status", "conditions").FirstOrDefault(condition => condition.Text("type") == "Ready");
        var status = ready is null ? "Unknown" : ready.Text("status") == "True" ? "Ready" : "NotReady";
        return node.Flag("spec", "unschedulable") ? status + ",SchedulingDisabled" : status;
    }

    private static string NodeRoles(JsonObject node)
    {
        var labels = node.At("metadata", "labels") as JsonObject ?? [];
        var roles = labels
            .Select(label =>
                label.Key.StartsWith(RoleLabel, StringComparison.Ordinal) ? label.Key[RoleLabel.Length..]
                : label.Key == "kubernetes.io/role" ? label.Value?.ToString() ?? ""
                : "")
            .Where(role => role.Length > 0)
            .Distinct()
            .Order(StringComparer.Ordinal);
        return string.Join(',', roles).OrNone();
    }

    private static string NodeAddress(JsonObject node, string type) =>
        node.Items("status", "addresses").FirstOrDefault(address => address.Text("type") == type).Text("address").OrNone();

    private static IEnumerable<JsonNode?> EventRow(JsonObject json, DateTimeOffset now)
    {
        var first = json.Time("firstTimestamp") ?? json.Time("eventTime");
        var last = json.Time("series", "lastObservedTime") ?? json.Time("lastTimestamp") ?? first;
        var count = json.At("series") is { } series ? series.Number("count") : Math.Max(1, json.Number("count"));
        return
        [
            Duration.Since(last, now),
            json.Text("type") ?? "",
            json.Text("reason") ?? "",
            EventTarget(json),
            json.Text("involvedObject", "fieldPath") ?? "",
            EventSource(json),
            (json.Text("message") ?? "").Trim(),
            Duration.Since(first, now),
            count,
            json.Name(),
        ];
    }

    private static string EventTarget(JsonObject json)
    {
        var kind = (json.Text("involvedObject", "kind") ?? "").ToLowerInvariant();
        return json.Text("involvedObject", "name") is { } name ? $"{kind}/{name}" : kind;
    }

    private static string EventSource(JsonObject json)
    {
        var component = json.Text("source", "component") ?? json.Text("reportingComponent") ?? "";
        return (json.Text("source", "host") ?? json.Text("reportingInstance")) is { } host ? $"{component}, {host}" : component;
    }
}
