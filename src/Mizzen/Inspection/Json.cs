using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mizzen.Inspection;

/// <summary>JSON for people.</summary>
internal static class Json
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>With line breaks and two blanks a level.</summary>
    public static string Pretty(JsonNode? node) => (node?.ToJsonString(Indented) ?? "null") + "\n";
}
