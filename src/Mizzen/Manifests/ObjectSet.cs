using System.Text.Json.Nodes;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.Manifests;

/// <summary>Objects of a cluster with those of files in their place, as if the files had been applied.</summary>
internal sealed class ObjectSet
{
    private readonly Dictionary<(string Group, string Kind, string Namespace, string Name), JsonObject> _objects = [];
    private readonly Dictionary<(string Group, string Kind, string Namespace, string Name), SourceMap> _sources = [];

    public IReadOnlyList<JsonObject> Objects => [.. _objects.Values];

    /// <summary>Takes objects as they are.</summary>
    public void Add(IEnumerable<JsonObject> objects)
    {
        foreach (var item in objects)
        {
            _objects[KeyOf(item)] = item;
        }
    }

    /// <summary>Takes objects of files; those without a namespace are of the default one.</summary>
    public void Apply(IEnumerable<ResourceDocument> documents, string defaultNamespace)
    {
        foreach (var document in documents)
        {
            var item = document.Node;
            if (item["metadata"] is JsonObject metadata && IsNamespaced(document.Key) && metadata.Text("namespace").Length == 0)
            {
                metadata["namespace"] = defaultNamespace;
            }

            if (_objects.TryGetValue(KeyOf(item), out var old))
            {
                Keep(old, item);
            }

            _objects[KeyOf(item)] = item;
            _sources[KeyOf(item)] = document.Lines;
        }
    }

    /// <summary>The same objects, to apply more to.</summary>
    public ObjectSet Copy()
    {
        var copy = new ObjectSet();
        foreach (var (key, item) in _objects)
        {
            copy._objects[key] = item;
        }

        foreach (var (key, lines) in _sources)
        {
            copy._sources[key] = lines;
        }

        return copy;
    }

    /// <summary>The file and line of a problem whose object came from a file.</summary>
    public Problem Place(Problem problem) => problem.Source is null && SourceOf(problem.Key) is { } lines ? ManifestValidation.Place(problem, lines) : problem;

    /// <summary>Where an object stands; null when it did not come from a file.</summary>
    public SourceMap? SourceOf(ResourceKey? key) => key is null ? null : _sources.GetValueOrDefault((key.Group ?? "", key.Kind, key.Namespace ?? "", key.Name));

    // What the API server adds would be the same after the file was applied.
    private static void Keep(JsonObject old, JsonObject item)
    {
        foreach (var field in new[] { "creationTimestamp", "uid", "generation" })
        {
            if (item["metadata"]?[field] is null && old["metadata"]?[field] is { } value)
            {
                item["metadata"]![field] = value.DeepClone();
            }
        }

        if (item["status"] is null && old["status"] is { } status && item.Text("kind") is not ("VirtualService" or "DestinationRule" or "Gateway"))
        {
            item["status"] = status.DeepClone();
        }

        foreach (var field in new[] { "clusterIP", "clusterIPs" })
        {
            if (item.Text("kind") == "Service" && item["spec"]?[field] is null && old["spec"]?[field] is { } address)
            {
                item["spec"]![field] = address.DeepClone();
            }
        }
    }

    private static bool IsNamespaced(ResourceKey key) => Resources.KindCatalog.All.FirstOrDefault(kind => kind.Kind == key.Kind && kind.Group == (key.Group ?? ""))?.Namespaced ?? true;

    private static (string, string, string, string) KeyOf(JsonObject item)
    {
        var version = item.Text("apiVersion");
        var slash = version.IndexOf('/', StringComparison.Ordinal);
        return (slash < 0 ? "" : version[..slash], item.Text("kind"), item.Text("metadata", "namespace"), item.Text("metadata", "name"));
    }
}
