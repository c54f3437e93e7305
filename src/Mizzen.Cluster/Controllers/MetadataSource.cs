using Mizzen.Client;
using Mizzen.Resources;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers;

/// <summary>An informer of any kind, seen by what all kinds have.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Find">One object's metadata, or null.</param>
/// <param name="All">Every object's metadata.</param>
/// <param name="Subscribe">Asks to be told of changes.</param>
/// <param name="RunAsync">Follows the collection.</param>
/// <param name="WaitForSyncAsync">Completes when the first list has been taken in.</param>
internal sealed record MetadataSource(
    ResourceKind Kind,
    Func<string?, string, ObjectMeta?> Find,
    Func<IEnumerable<ObjectMeta>> All,
    Action<Action<MetadataChange>> Subscribe,
    Func<CancellationToken, Task> RunAsync,
    Func<CancellationToken, Task> WaitForSyncAsync)
{
    public static MetadataSource Of<T>(Informer<T> informer)
        where T : Resource => new(
            informer.Kind,
            (ns, name) => informer.Find(ns, name)?.Metadata,
            () => informer.Items.Select(item => item.Metadata),
            listener => informer.Changed += change => listener(new MetadataChange(informer.Kind, change.Old?.Metadata, change.New?.Metadata)),
            informer.RunAsync,
            informer.WaitForSyncAsync);
}

/// <summary>A change of one object of any kind.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Old">As it was; null when it is new.</param>
/// <param name="New">As it is; null when it is gone.</param>
internal sealed record MetadataChange(ResourceKind Kind, ObjectMeta? Old, ObjectMeta? New)
{
    public ObjectMeta Metadata => New ?? Old!;
}
