using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mizzen.Resources;
using Mizzen.Resources.ApiExtensions;

namespace Mizzen.Cluster.Tables;

/// <summary>Kinds of CustomResourceDefinitions, by their additionalPrinterColumns.</summary>
internal static class CustomTable
{
    private static readonly PrinterColumn Age = new() { Name = "Age", Type = "date", JsonPath = ".metadata.creationTimestamp" };

    public static KindTable Of(IReadOnlyList<PrinterColumn> columns)
    {
        var shown = columns.Count == 0 ? [Age] : columns;
        var paths = shown.Select(column => JsonPath.Parse(column.JsonPath)).ToList();
        return new KindTable(
            [StandardColumns.Name, .. shown.Select(ColumnOf)],
            (json, now) => [json.Name(), .. shown.Zip(paths, (column, path) => Cell(column.Type, path.First(json), now))]);
    }

    private static TableColumn ColumnOf(PrinterColumn column) => new(column.Name, column.Type, column.Priority ?? 0)
    {
        Format = column.Format ?? "",
        Description = column.Description ?? "",
    };

    private static JsonNode? Cell(string type, JsonNode? value, DateTimeOffset now) => (type, value?.GetValueKind()) switch
    {
        (_, null) => null,
        ("string", JsonValueKind.String) => (string)value!,
        ("string", _) => JsonSerializer.Serialize(value, ResourceJson.Options),
        ("integer", JsonValueKind.Number) => (long)JsonNumber.Of(value!),
        ("number", JsonValueKind.Number) => JsonNumber.Of(value!),
        ("boolean", JsonValueKind.True or JsonValueKind.False) => (bool)value!,
        ("date", JsonValueKind.String) => Date((string)value!, now),
        _ => null,
    };

    private static string Date(string text, DateTimeOffset now) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? Duration.Since(time, now) : "<invalid>";
}
