namespace Mizzen.Telemetry.Graph;

/// <summary>A caller or callee: a workload of the mesh, or a service outside it that no workload stands for.</summary>
/// <param name="Namespace">The workload's namespace; empty for outside services and unknown callers.</param>
/// <param name="Name">The workload's name, the outside host, or <c>unknown</c>.</param>
/// <param name="Version">The workload's canonical revision; empty when it has none.</param>
public readonly record struct GraphNode(string Namespace, string Name, string Version)
{
    /// <summary>The caller that no proxy vouches for: a client outside the mesh.</summary>
    public static readonly GraphNode Unknown = new("", "unknown", "");

    /// <summary>The node as people say it: <c>reviews-v1 (v1)</c>.</summary>
    public override string ToString() => Version.Length == 0 || Version == "latest" ? Name : $"{Name} ({Version})";
}
