using System.Text.Json.Nodes;

namespace Mizzen.Cluster.Storage;

/// <summary>One change that is wanted, under the condition that nobody was quicker.</summary>
/// <param name="Resource">The collection.</param>
/// <param name="Key">The object.</param>
/// <param name="ExpectedRevision">The revision that the caller has seen; 0: the object must not exist.</param>
/// <param name="Value">The new state, owned by the store from now on; it receives its resourceVersion. Null deletes.</param>
internal sealed record StoreWrite(ResourceName Resource, ObjectKey Key, long ExpectedRevision, JsonObject? Value);

/// <summary>What became of a <see cref="StoreWrite"/>.</summary>
/// <param name="Written">The new state (for a deletion the last one with the deletion's revision); null when the condition did not hold.</param>
/// <param name="Current">What stands there instead when the condition did not hold; null when nothing does.</param>
internal readonly record struct StoreOutcome(StoredObject? Written, StoredObject? Current);
