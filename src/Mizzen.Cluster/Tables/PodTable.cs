using System.Text.Json.Nodes;

namespace Mizzen.Cluster.Tables;

/// <summary>Pods, whose STATUS and RESTARTS are worked out from all their containers.</summary>
internal static class PodTable
{
    private static readonly TableColumn[] Columns =
    [
        StandardColumns.Name,
        new("Ready"),
        new("Status"),
        new("Restarts"),
        StandardColumns.Age,
        new("IP", Priority: 1),
        new("Node", Priority: 1),
        new("Nominated Node", Priority: 1),
        new("Readiness Gates", Priority: 1),
    ];

    public static IEnumerable<KeyValuePair<(string Group, string Kind), KindTable>> All { get; } =
        [KeyValuePair.Create(("", "Pod"), new KindTable(Columns, Row))];

    private static IEnumerable<JsonNode?> Row(JsonObject pod, DateTimeOffset now)
    {
        var summary = PodSummary.Of(pod);
        return
        [
            pod.Name(),
            $"{summary.Ready}/{summary.Total}",
            summary.Status,
            Restarts(summary, now),
            pod.Age(now),
            (pod.FirstItem("status", "podIPs").Text("ip") ?? pod.Text("status", "podIP")).OrNone(),
            pod.Text("spec", "nodeName").OrNone(),
            pod.Text("status", "nominatedNodeName").OrNone(),
            ReadinessGates(pod),
        ];
    }

    private static string Restarts(PodSummary summary, DateTimeOffset now) =>
        summary is { Restarts: > 0, LastRestart: { } last } ? $"{summary.Restarts} ({Duration.Since(last, now)} ago)" : $"{summary.Restarts}";

    private static string ReadinessGates(JsonObject pod)
    {
        var gates = pod.Items("spec", "readinessGates");
        var open = gates.Count(gate => PodSummary.HasCondition(pod, gate.Text("conditionType") ?? ""));
        return gates.Count == 0 ? JsonFields.None : $"{open}/{gates.Count}";
    }
}
