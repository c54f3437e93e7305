using System.Text;
using System.Text.Json.Nodes;
using Mizzen.Resources;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Controllers.Deployments;

/// <summary>Tells whether two pod templates are the same, and names them by a hash.</summary>
internal static class PodTemplateText
{
    /// <summary>The label that keeps the pods of a deployment's revisions apart.</summary>
    public const string HashLabel = "pod-template-hash";

    private const uint FnvOffset = 2166136261;
    private const uint FnvPrime = 16777619;

    /// <summary>The template as text in which the order of fields and the hash label play no role.</summary>
    public static string Of(PodTemplateSpec? template)
    {
        var node = ResourceJson.ToNode(template ?? new PodTemplateSpec());
        (node["metadata"]?["labels"] as JsonObject)?.Remove(HashLabel);
        return Canonical(node)?.ToJsonString() ?? "";
    }

    /// <summary>A short name for the template: letters that form no words.</summary>
    /// <param name="template">The template.</param>
    /// <param name="collisions">How often the name was taken by another template; 0 at first.</param>
    public static string Hash(PodTemplateSpec? template, int collisions)
    {
        var text = collisions == 0 ? Of(template) : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Of(template)}#{collisions}");
        var hash = Encoding.UTF8.GetBytes(text).Aggregate(FnvOffset, (value, next) => (value ^ next) * FnvPrime);
        var digits = hash.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return string.Concat(digits.Select(digit => GeneratedName.Alphabet[digit % GeneratedName.Alphabet.Length]));
    }

    // Empty objects and lists mean the same as absent ones.
    private static JsonNode? Canonical(JsonNode? node) => node switch
    {
        JsonObject fields => Fields(fields),
        JsonArray items => items.Count == 0 ? null : new JsonArray([.. items.Select(Canonical)]),
        _ => node?.DeepClone(),
    };

    private static JsonObject? Fields(JsonObject fields)
    {
        var sorted = fields
            .Select(field => KeyValuePair.Create(field.Key, Canonical(field.Value)))
            .Where(field => field.Value is not null)
            .OrderBy(field => field.Key, StringComparer.Ordinal)
            .ToList();
        return sorted.Count == 0 ? null : new JsonObject(sorted);
    }
}
