using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Controllers.Services;

/// <summary>
/// The mark of a running pod that is to get no new connections: whoever is about to end it lets its clients go elsewhere first. Kubernetes
/// has no such thing; there, readiness belongs to the node alone.
/// </summary>
public static class OutOfServiceAnnotation
{
    /// <summary>The annotation; it counts with the value <c>true</c>.</summary>
    public const string Name = "mizzen.dev/out-of-service";

    /// <summary>Whether a pod has it.</summary>
    public static bool IsOn(Pod pod) => pod.Metadata.Annotations?.GetValueOrDefault(Name) == "true";
}
