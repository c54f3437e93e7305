using System.Collections.Concurrent;
using Mizzen.Client;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers;

/// <summary>The objects of an informer by namespace, so that a question about one namespace does not walk through all.</summary>
internal sealed class NamespaceIndex<T>
    where T : Resource
{
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, T>> _namespaces = new();

    public NamespaceIndex(Informer<T> informer) => informer.Changed += Take;

    public IEnumerable<T> In(string? ns) => _namespaces.TryGetValue(ns ?? "", out var items) ? items.Values : [];

    private void Take(InformerChange<T> change)
    {
        var metadata = change.Object.Metadata;
        var items = _namespaces.GetOrAdd(metadata.Namespace ?? "", _ => new ConcurrentDictionary<string, T>());
        if (change.New is { } item)
        {
            items[metadata.Name ?? ""] = item;
        }
        else
        {
            items.TryRemove(metadata.Name ?? "", out _);
        }
    }
}
