using System.Text;
using System.Text.Json.Nodes;

namespace Mizzen.Terminal;

/// <summary>Prints a <c>meta.k8s.io/v1</c> Table the way kubectl does: upper-case headings, columns three blanks apart.</summary>
internal static class TableText
{
    public static string Render(JsonObject table, bool wide, bool withNamespace)
    {
        var definitions = Objects(table["columnDefinitions"]).ToList();
        var shown = Enumerable.Range(0, definitions.Count).Where(i => wide || ((int?)definitions[i]["priority"] ?? 0) == 0).ToList();
        var rows = Objects(table["rows"]).Select(row => Cells(row, shown, withNamespace)).ToList();
        if (rows.Count == 0)
        {
            return "no objects\n";
        }

        var heading = shown.Select(i => ((string?)definitions[i]["name"] ?? "").ToUpperInvariant());
        return Align([[.. withNamespace ? heading.Prepend("NAMESPACE") : heading], .. rows]);
    }

    /// <summary>Columns of equal width, three blanks between them.</summary>
    public static string Align(IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var widths = Enumerable.Range(0, rows[0].Count).Select(column => rows.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in rows)
        {
            text.Append(string.Join("   ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd()).Append('\n');
        }

        return text.ToString();
    }

    private static List<string> Cells(JsonObject row, List<int> shown, bool withNamespace)
    {
        var cells = row["cells"] as JsonArray ?? [];
        var texts = shown.Select(i => i < cells.Count ? cells[i]?.ToString() ?? "<none>" : "").ToList();
        if (withNamespace)
        {
            texts.Insert(0, (string?)row["object"]?["metadata"]?["namespace"] ?? "");
        }

        return texts;
    }

    private static IEnumerable<JsonObject> Objects(JsonNode? array) => (array as JsonArray ?? []).OfType<JsonObject>();
}
