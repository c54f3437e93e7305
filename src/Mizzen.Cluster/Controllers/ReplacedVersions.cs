using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers;

/// <summary>
/// The versions of objects that a controller has itself replaced. An informer that still shows one is a moment behind, and a write
/// that starts from it would be refused: better to wait for the newer one, which is on its way.
/// </summary>
internal sealed class ReplacedVersions
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, HashSet<string>> _replaced = [];

    /// <summary>Notes a write. One that changed nothing brings no newer version, so there is nothing to wait for.</summary>
    public void Note(Resource before, Resource after)
    {
        if (before.Metadata is { Uid: { } uid, ResourceVersion: { } version } && after.Metadata.ResourceVersion != version)
        {
            lock (_lock)
            {
                if (!_replaced.TryGetValue(uid, out var versions))
                {
                    _replaced[uid] = versions = [];
                }

                versions.Add(version);
            }
        }
    }

    /// <summary>Whether a newer version of what the informer shows is on its way.</summary>
    public bool IsBehind(Resource shown)
    {
        lock (_lock)
        {
            if (shown.Metadata.Uid is not { } uid || !_replaced.TryGetValue(uid, out var versions))
            {
                return false;
            }

            if (versions.Contains(shown.Metadata.ResourceVersion ?? ""))
            {
                return true;
            }

            _replaced.Remove(uid);
            return false;
        }
    }

    /// <summary>The object is gone.</summary>
    public void Forget(Resource gone)
    {
        lock (_lock)
        {
            _replaced.Remove(gone.Metadata.Uid ?? "");
        }
    }
}
