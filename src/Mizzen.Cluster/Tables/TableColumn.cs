using System.Text.Json.Nodes;

namespace Mizzen.Cluster.Tables;

/// <summary>One column of a table (<c>meta/v1</c> TableColumnDefinition).</summary>
/// <param name="Name">The heading; kubectl writes it in capitals.</param>
/// <param name="Type">string, integer, number, boolean or date.</param>
/// <param name="Priority">0 is always shown, higher only with <c>-o wide</c>.</param>
public sealed record TableColumn(string Name, string Type = "string", int Priority = 0)
{
    /// <summary>The OpenAPI format; <c>name</c> marks the column that holds names.</summary>
    public string Format { get; init; } = "";

    /// <summary>What the column shows.</summary>
    public string Description { get; init; } = "";

    internal JsonObject ToJson() => new()
    {
        ["name"] = Name,
        ["type"] = Type,
        ["format"] = Format,
        ["description"] = Description,
        ["priority"] = Priority,
    };
}
