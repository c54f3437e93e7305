using System.Text.Json.Nodes;
using Mizzen.Resources;
using Mizzen.Resources.ApiExtensions;

namespace Mizzen.Cluster.Tables;

/// <summary>How <c>kubectl get</c> shows one kind: its columns, and a row for each object.</summary>
public sealed class KindTable
{
    private static readonly Dictionary<(string Group, string Kind), KindTable> BuiltIn =
        PodTable.All.Concat(CoreTables.All).Concat(WorkloadTables.All).Concat(NetworkTables.All).Concat(ClusterTables.All).ToDictionary();

    private static readonly KindTable Unknown = new([StandardColumns.Name, new("Created At", "date")], (json, _) => [json.Name(), json.CreatedAt()]);

    private readonly Func<JsonObject, DateTimeOffset, IEnumerable<JsonNode?>> _cells;

    internal KindTable(IReadOnlyList<TableColumn> columns, Func<JsonObject, DateTimeOffset, IEnumerable<JsonNode?>> cells)
    {
        Columns = columns;
        _cells = cells;
    }

    /// <summary>The columns, the name first.</summary>
    public IReadOnlyList<TableColumn> Columns { get; }

    /// <summary>The table of a kind: Kubernetes' own for its kinds, the printer columns for those of definitions.</summary>
    public static KindTable For(ResourceKind kind) =>
        kind.BuiltIn ? BuiltIn.GetValueOrDefault((kind.Group, kind.Kind), Unknown) : ForDefinition(kind.PrinterColumns);

    /// <summary>The table of a kind that a CustomResourceDefinition brings; name and age when it names no columns.</summary>
    public static KindTable ForDefinition(IReadOnlyList<PrinterColumn>? columns) => CustomTable.Of(columns ?? []);

    /// <summary>The cells of an object's row, in the order of the columns. Missing data never fails: cells say <c>&lt;none&gt;</c> or nothing.</summary>
    /// <param name="json">The object.</param>
    /// <param name="now">The time from which ages count.</param>
    public JsonArray Cells(JsonObject json, DateTimeOffset now) => new([.. _cells(json, now)]);
}
