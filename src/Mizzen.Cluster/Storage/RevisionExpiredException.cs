namespace Mizzen.Cluster.Storage;

/// <summary>Events after the wanted revision are no longer known: the client must list again.</summary>
internal sealed class RevisionExpiredException(long wanted, long oldest)
    : Exception($"too old resource version: {wanted} ({oldest})");
