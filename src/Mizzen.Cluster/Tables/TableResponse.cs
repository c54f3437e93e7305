using System.Text.Json.Nodes;

namespace Mizzen.Cluster.Tables;

/// <summary>How much of the object comes with each row (query parameter <c>includeObject</c>).</summary>
public enum IncludeObject
{
    /// <summary>Its metadata; the default.</summary>
    Metadata,

    /// <summary>Nothing.</summary>
    None,

    /// <summary>The whole object.</summary>
    Object,
}

/// <summary>How a client wants its table.</summary>
/// <param name="Now">The time from which ages count.</param>
/// <param name="Version">The version of <c>meta.k8s.io</c> that the client accepts: v1 or v1beta1.</param>
/// <param name="Include">How much of the object comes with each row.</param>
public sealed record TableOptions(DateTimeOffset Now, string Version = "v1", IncludeObject Include = IncludeObject.Metadata);

/// <summary>Answers as <c>meta.k8s.io</c> Table, which is what <c>kubectl get</c> asks for.</summary>
public static class TableResponse
{
    /// <summary>The table of a list: its items as rows, its metadata (resourceVersion, continue) as it is.</summary>
    public static JsonObject OfList(KindTable table, JsonObject list, TableOptions options)
    {
        var items = list["items"] as JsonArray ?? [];
        return Of(table, (list["metadata"] as JsonObject)?.DeepClone() as JsonObject ?? [], items.OfType<JsonObject>(), options, withColumns: true);
    }

    /// <summary>The table of one object.</summary>
    public static JsonObject OfObject(KindTable table, JsonObject json, TableOptions options) => OfRow(table, json, options, withColumns: true);

    /// <summary>The object of a watch event. Clients need the columns in the first event only.</summary>
    public static JsonObject OfEvent(KindTable table, JsonObject json, TableOptions options, bool isFirst) => OfRow(table, json, options, isFirst);

    private static JsonObject OfRow(KindTable table, JsonObject json, TableOptions options, bool withColumns)
    {
        var metadata = new JsonObject();
        if (json.Text("metadata", "resourceVersion") is { } version)
        {
            metadata["resourceVersion"] = version;
        }

        return Of(table, metadata, [json], options, withColumns);
    }

    private static JsonObject Of(KindTable table, JsonObject metadata, IEnumerable<JsonObject> items, TableOptions options, bool withColumns) => new()
    {
        ["kind"] = "Table",
        ["apiVersion"] = $"meta.k8s.io/{options.Version}",
        ["metadata"] = metadata,
        ["columnDefinitions"] = withColumns ? new JsonArray([.. table.Columns.Select(column => column.ToJson())]) : null,
        ["rows"] = new JsonArray([.. items.Select(item => Row(table, item, options))]),
    };

    private static JsonObject Row(KindTable table, JsonObject json, TableOptions options)
    {
        var row = new JsonObject { ["cells"] = table.Cells(json, options.Now) };
        if (options.Include == IncludeObject.Object)
        {
            row["object"] = json.DeepClone();
        }
        else if (options.Include == IncludeObject.Metadata)
        {
            row["object"] = new JsonObject
            {
                ["kind"] = "PartialObjectMetadata",
                ["apiVersion"] = $"meta.k8s.io/{options.Version}",
                ["metadata"] = json["metadata"]?.DeepClone(),
            };
        }

        return row;
    }
}
