namespace Mizzen.ControlPlane.Ingest;

/// <summary>How the mesh is read.</summary>
public sealed record MeshSourceOptions
{
    /// <summary>Where mesh-wide configuration lives.</summary>
    public string RootNamespace { get; init; } = "istio-system";

    /// <summary>The ConfigMap in the root namespace whose key <c>mesh</c> holds the MeshConfig.</summary>
    public string MeshConfigMap { get; init; } = "istio";

    /// <summary>How long nothing must happen before a snapshot is made (Istio's <c>PILOT_DEBOUNCE_AFTER</c>, there 100 ms).</summary>
    public TimeSpan DebounceAfter { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>How long a change waits at most while others follow it (Istio's <c>PILOT_DEBOUNCE_MAX</c>, there 10 s).</summary>
    public TimeSpan DebounceMax { get; init; } = TimeSpan.FromMilliseconds(100);
}
