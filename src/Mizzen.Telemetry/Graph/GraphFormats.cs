using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Mizzen.Telemetry.Graph;

/// <summary>The graph in the shapes that people and programs read: an aligned table, Graphviz DOT, and JSON.</summary>
public static class GraphFormats
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true };

    /// <summary>A table, one line per edge; says so when nothing was called yet.</summary>
    public static string ToText(ServiceGraph graph)
    {
        if (graph.Edges.Count == 0)
        {
            return graph.Window > TimeSpan.Zero
                ? string.Create(CultureInfo.InvariantCulture, $"no requests in the last {graph.Window.TotalSeconds:0.#} s\n")
                : "no requests yet\n";
        }

        string[][] rows = [["SOURCE", "DESTINATION", "PROTOCOL", "REQUESTS", "RATE", "SUCCESS", "MEAN"], .. graph.Edges.Select(Row)];
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in rows)
        {
            text.AppendLine(string.Join("   ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }

        return text.ToString();
    }

    /// <summary>A Graphviz digraph: <c>mizzen graph -o dot | dot -Tsvg</c>. Edges with failures are red.</summary>
    public static string ToDot(ServiceGraph graph)
    {
        var text = new StringBuilder("digraph mesh {\n  rankdir=LR;\n  node [shape=box, style=rounded];\n");
        foreach (var edge in graph.Edges)
        {
            var color = edge.Failures > 0 ? "red" : "darkgreen";
            text.Append(
                CultureInfo.InvariantCulture,
                $"  {Quote(edge.Source)} -> {Quote(edge.Destination)} [label=\"{Amount(graph, edge)}\\n{edge.SuccessRate:P1}\", color={color}];\n");
        }

        return text.Append("}\n").ToString();
    }

    /// <summary>A JSON object <c>{windowSeconds, nodes:[{namespace,name,version}], edges:[{source,destination,…}]}</c>; edges refer to nodes by index.</summary>
    public static string ToJson(ServiceGraph graph)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Indented))
        {
            var nodes = graph.Nodes.ToList();
            json.WriteStartObject();
            json.WriteNumber("windowSeconds", graph.Window.TotalSeconds);
            json.WriteStartArray("nodes");
            nodes.ForEach(node => WriteNode(json, node));
            json.WriteEndArray();
            json.WriteStartArray("edges");
            foreach (var edge in graph.Edges)
            {
                WriteEdge(json, edge, nodes);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }

    private static string[] Row(GraphEdge edge) =>
    [
        edge.Source.ToString(),
        edge.Destination.ToString(),
        edge.Protocol,
        edge.Requests.ToString("0", CultureInfo.InvariantCulture),
        edge.RatePerSecond > 0 ? edge.RatePerSecond.ToString("0.0", CultureInfo.InvariantCulture) + "/s" : "-",
        edge.SuccessRate.ToString("P1", CultureInfo.InvariantCulture),
        edge.MeanMilliseconds.ToString("0.0", CultureInfo.InvariantCulture) + " ms",
    ];

    private static string Amount(ServiceGraph graph, GraphEdge edge) =>
        graph.Window > TimeSpan.Zero
            ? edge.RatePerSecond.ToString("0.0", CultureInfo.InvariantCulture) + "/s"
            : edge.Requests.ToString("0", CultureInfo.InvariantCulture) + " requests";

    private static string Quote(GraphNode node) =>
        "\"" + node.ToString().Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    private static void WriteNode(Utf8JsonWriter json, GraphNode node)
    {
        json.WriteStartObject();
        json.WriteString("namespace", node.Namespace);
        json.WriteString("name", node.Name);
        json.WriteString("version", node.Version);
        json.WriteEndObject();
    }

    private static void WriteEdge(Utf8JsonWriter json, GraphEdge edge, List<GraphNode> nodes)
    {
        json.WriteStartObject();
        json.WriteNumber("source", nodes.IndexOf(edge.Source));
        json.WriteNumber("destination", nodes.IndexOf(edge.Destination));
        json.WriteString("protocol", edge.Protocol);
        json.WriteNumber("requests", edge.Requests);
        json.WriteNumber("failures", edge.Failures);
        json.WriteNumber("ratePerSecond", edge.RatePerSecond);
        json.WriteNumber("successRate", edge.SuccessRate);
        json.WriteNumber("meanMilliseconds", edge.MeanMilliseconds);
        json.WriteEndObject();
    }
}
