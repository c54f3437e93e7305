namespace Mizzen.Cluster.Storage;

/// <summary>One change of one object, as watchers see it.</summary>
/// <param name="Revision">The change's own revision.</param>
/// <param name="Object">The object after the change; for a deletion its last state, carrying the deletion's revision.</param>
/// <param name="Previous">The object before the change; null when it was created.</param>
/// <param name="Deleted">The change is a deletion.</param>
internal sealed record StoreEvent(long Revision, StoredObject Object, StoredObject? Previous, bool Deleted);
