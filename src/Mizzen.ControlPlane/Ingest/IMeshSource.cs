using Mizzen.ControlPlane.Model;

namespace Mizzen.ControlPlane.Ingest;

/// <summary>Where the mesh comes from.</summary>
public interface IMeshSource
{
    /// <summary>The mesh as it is now; <see cref="MeshSnapshot.Empty"/> until everything has been read once.</summary>
    MeshSnapshot Current { get; }

    /// <summary>Tells of every new snapshot, on the source's own task, one at a time. Handlers must be quick and must not throw.</summary>
    event Action<MeshSnapshot>? Changed;

    /// <summary>Tells how long proxies took to be given the last snapshot: while changes do not end, the next comes later in proportion.</summary>
    void Space(TimeSpan cost);

    /// <summary>Completes when <see cref="Current"/> shows a mesh that has been read completely.</summary>
    Task WaitForSyncAsync(CancellationToken cancellationToken);

    /// <summary>Follows the mesh until it is cancelled.</summary>
    Task RunAsync(CancellationToken cancellationToken);
}
