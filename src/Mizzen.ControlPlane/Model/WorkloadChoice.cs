using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Model;

/// <summary>
/// Whether an object that names workloads by labels or by <c>targetRefs</c> is for a proxy. Gateways are told by the labels that their pods
/// have; Services are targets of waypoints, which there are none of.
/// </summary>
internal static class WorkloadChoice
{
    private const string GatewayName = "gateway.networking.k8s.io/gateway-name";
    private const string GatewayClassName = "gateway.networking.k8s.io/gateway-class-name";

    /// <param name="proxy">Who asks.</param>
    /// <param name="ns">The object's namespace.</param>
    /// <param name="rootNamespace">Where targets may be classes of gateways.</param>
    /// <param name="targets">Its targets; the labels count where there are none.</param>
    /// <param name="labels">The labels that it asks for.</param>
    public static bool Includes(
        ProxyView proxy, string ns, string rootNamespace, IReadOnlyList<PolicyTargetReference> targets, IReadOnlyDictionary<string, string>? labels) =>
        targets.Count > 0
            ? targets.Any(target => IsTarget(target, ns, rootNamespace, proxy))
            : Labels.Include(proxy.Labels, labels);

    private static bool IsTarget(PolicyTargetReference target, string ns, string rootNamespace, ProxyView proxy) => target.Kind switch
    {
        "Gateway" => ns == proxy.Namespace && proxy.Labels.GetValueOrDefault(GatewayName) == target.Name,
        "GatewayClass" => ns == rootNamespace && proxy.Labels.GetValueOrDefault(GatewayClassName) == target.Name,
        _ => false,
    };
}
