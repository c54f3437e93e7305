using System.Text.Json.Nodes;

namespace Mizzen.Cluster.Patching;

/// <summary>JSON merge patch (RFC 7396, which replaced RFC 7386 without changing the rules).</summary>
public static class MergePatch
{
    /// <summary>The target with the patch applied; neither argument is changed.</summary>
    public static JsonNode? Apply(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
        {
            return patch?.DeepClone();
        }

        var result = target is JsonObject old ? (JsonObject)old.DeepClone() : [];
        Merge(result, changes);
        return result;
    }

    private static void Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (name, change) in patch)
        {
            if (change is null)
            {
                target.Remove(name);
            }
            else if (change is JsonObject inner)
            {
                Merge(ObjectAt(target, name), inner);
            }
            else
            {
                target[name] = change.DeepClone();
            }
        }
    }

    private static JsonObject ObjectAt(JsonObject target, string name)
    {
        if (target[name] is JsonObject old)
        {
            return old;
        }

        var made = new JsonObject();
        target[name] = made;
        return made;
    }
}
