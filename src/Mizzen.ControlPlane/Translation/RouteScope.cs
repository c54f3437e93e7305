using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Mesh;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Translation;

/// <summary>For whom and where rules are translated: what decides which of them apply.</summary>
/// <param name="Client">What the proxy sees.</param>
/// <param name="Port">The port that clients dial.</param>
/// <param name="Gateways">The names that count here: <c>mesh</c>, or those of the Gateways that a listener serves.</param>
internal sealed record RouteScope(ClientScope Client, int Port, IReadOnlySet<string> Gateways)
{
    public static IReadOnlySet<string> MeshOnly { get; } = new HashSet<string>(StringComparer.Ordinal) { MeshVirtualService.Mesh };

    public MeshConfig Mesh => Client.Mesh;

    /// <summary>Who asks is checked here and not in the proxy; where a rule names gateways, labels and namespace do not count.</summary>
    public bool Takes(int? port, IReadOnlyList<string>? gateways, IReadOnlyDictionary<string, string>? sourceLabels, string? sourceNamespace)
    {
        if (port is > 0 && port != Port)
        {
            return false;
        }

        return gateways is { Count: > 0 }
            ? gateways.Any(Gateways.Contains)
            : Labels.Include(Client.Labels, sourceLabels) && (string.IsNullOrEmpty(sourceNamespace) || sourceNamespace == Client.Namespace);
    }

    /// <summary>The cluster of a destination whose host is a full name.</summary>
    public string ClusterOf(Destination destination) => EnvoyNames.Outbound(PortOf(destination), destination.Subset, destination.Host ?? "");

    /// <summary>By what its endpoints are to be chosen; null when it does not hash.</summary>
    public ConsistentHashLB? HashOf(Destination destination) => Client.HashOf(destination.Host ?? "", PortOf(destination), destination.Subset);

    /// <summary>What a DestinationRule says of it; null where there is none.</summary>
    public TrafficPolicy? PolicyOf(Destination destination) => Client.PolicyOf(destination.Host ?? "", PortOf(destination), destination.Subset);

    private int PortOf(Destination destination) => destination.Port?.Number is > 0 and { } named
        ? named
        : Client.Find(destination.Host ?? "")?.Service.Ports is [var only] ? only.Number : Port;
}
