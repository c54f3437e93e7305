using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Controllers;

/// <summary>Where a service of type LoadBalancer can be reached from outside.</summary>
/// <param name="Ingress">The addresses; empty while there are none.</param>
/// <param name="Obstacle">Why there are none, for the service's events; null when that is to be expected.</param>
public sealed record LoadBalancerAnswer(IReadOnlyList<LoadBalancerIngress> Ingress, string? Obstacle = null);

/// <summary>Finds or makes the addresses of a service of type LoadBalancer.</summary>
/// <param name="service">The service.</param>
/// <param name="cancellationToken">Ends the wait.</param>
public delegate ValueTask<LoadBalancerAnswer> LoadBalancerAddresses(Service service, CancellationToken cancellationToken);

/// <summary>What the controllers need to know of their cluster.</summary>
public sealed record ControllerOptions
{
    /// <summary>The authority's certificate in PEM, which every namespace gets as ConfigMap <c>kube-root-ca.crt</c>; null to leave that out.</summary>
    public string? RootCertificate { get; init; }

    /// <summary>Asked for the addresses of services of type LoadBalancer that name no class; null leaves them pending.</summary>
    public LoadBalancerAddresses? LoadBalancer { get; init; }

    /// <summary>How long a node may be silent before it counts as lost; Kubernetes' default. Less loses nodes of a machine that is very busy.</summary>
    public TimeSpan NodeGrace { get; init; } = TimeSpan.FromSeconds(50);
}
