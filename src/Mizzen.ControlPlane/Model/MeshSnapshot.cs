using Mizzen.Resources.Mesh;
using Mizzen.Resources.Reading;

namespace Mizzen.ControlPlane.Model;

/// <summary>The whole mesh at one moment: immutable, and sharing with its predecessor every part that has not changed.</summary>
public sealed class MeshSnapshot
{
    private MeshSnapshot(long version, ResourceSet resources)
    {
        Version = version;
        Resources = resources;
    }

    /// <summary>A mesh of nothing.</summary>
    public static MeshSnapshot Empty { get; } = new(0, new ResourceSet());

    /// <summary>Counts snapshots of one source, from 1.</summary>
    public long Version { get; }

    /// <summary>The objects that it was made from.</summary>
    public ResourceSet Resources { get; }

    /// <summary>Settings of the whole mesh.</summary>
    public MeshConfig Mesh => Resources.Mesh;

    /// <summary>What is wrong with objects that were left out or kept in an older version.</summary>
    public IReadOnlyList<Problem> Problems => Resources.Problems;

    /// <summary>The mesh of these objects.</summary>
    /// <param name="resources">The objects as they are now.</param>
    public static MeshSnapshot Of(ResourceSet resources) => Empty.Next(resources);

    /// <summary>The mesh after a change; what has not changed is taken over.</summary>
    /// <param name="resources">The objects as they are now.</param>
    public MeshSnapshot Next(ResourceSet resources) => new(Version + 1, resources);
}
