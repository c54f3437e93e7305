using System.Text.Json.Nodes;

namespace Mizzen.ControlPlane.Injection;

/// <summary>
/// Lays what a pod's author wrote in a container named <c>istio-proxy</c> over the injected one: fields win, environment, mounts and
/// ports are merged by their keys. The image <c>auto</c> stands for the injected image.
/// </summary>
internal static class ContainerOverlay
{
    private static readonly Dictionary<string, string> ListKeys = new() { ["env"] = "name", ["volumeMounts"] = "mountPath", ["ports"] = "containerPort" };

    public static void Apply(JsonObject container, JsonObject own)
    {
        foreach (var (name, value) in own)
        {
            if (name == "image" && value?.ToString() == "auto")
            {
                continue;
            }

            container[name] = (container[name], value) switch
            {
                (JsonArray list, JsonArray ownList) when ListKeys.TryGetValue(name, out var key) => Merge(list, ownList, key),
                (JsonObject fields, JsonObject ownFields) => Merge(fields, ownFields),
                _ => value?.DeepClone(),
            };
        }
    }

    private static JsonObject Merge(JsonObject fields, JsonObject own)
    {
        var merged = fields.DeepClone().AsObject();
        foreach (var (name, value) in own)
        {
            merged[name] = merged[name] is JsonObject inner && value is JsonObject ownInner ? Merge(inner, ownInner) : value?.DeepClone();
        }

        return merged;
    }

    private static JsonArray Merge(JsonArray list, JsonArray own, string key)
    {
        var replaced = own.OfType<JsonObject>().Select(item => item[key]?.ToString()).ToHashSet();
        var kept = list.OfType<JsonObject>().Where(item => !replaced.Contains(item[key]?.ToString()));
        return [.. kept.Concat(own.OfType<JsonObject>()).Select(item => item.DeepClone())];
    }
}
