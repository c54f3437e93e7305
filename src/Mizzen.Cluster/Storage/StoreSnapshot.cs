using System.Collections.Immutable;

namespace Mizzen.Cluster.Storage;

/// <summary>A collection as it was at one revision.</summary>
internal sealed record StoreSnapshot(ImmutableSortedDictionary<ObjectKey, StoredObject> Objects, long Revision);
