using Envoy.Config.Cluster.V3;
using Envoy.Config.Core.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;

namespace Mizzen.ControlPlane.Translation;

/// <summary>Clusters as gRPC takes them (gRFC A27, A29, A37, A42): what it does not have, it would refuse.</summary>
internal static class ProxylessClusters
{
    /// <summary>Where the program finds its certificate and the roots, by its bootstrap file.</summary>
    public const string CertificateProvider = "default";

    /// <summary>The cluster for gRPC; null when it could only be reached in another way than its rules say.</summary>
    public static Cluster? Of(Cluster cluster)
    {
        var own = new Cluster
        {
            Name = cluster.Name,
            LbPolicy = cluster.LbPolicy == Cluster.Types.LbPolicy.RingHash ? cluster.LbPolicy : Cluster.Types.LbPolicy.RoundRobin,
            RingHashLbConfig = cluster.LbPolicy == Cluster.Types.LbPolicy.RingHash ? cluster.RingHashLbConfig : null,
            CircuitBreakers = cluster.CircuitBreakers,
            OutlierDetection = cluster.OutlierDetection,
            Metadata = cluster.Metadata,
        };
        return Discover(own, cluster) && Secure(own, cluster) ? own : null;
    }

    private static bool Discover(Cluster own, Cluster cluster)
    {
        switch (cluster.Type)
        {
            case Cluster.Types.DiscoveryType.Eds:
                own.Type = cluster.Type;
                own.EdsClusterConfig = cluster.EdsClusterConfig;
                return true;
            case Cluster.Types.DiscoveryType.StrictDns or Cluster.Types.DiscoveryType.LogicalDns when HasOneName(cluster):
                own.Type = Cluster.Types.DiscoveryType.LogicalDns;
                own.LoadAssignment = cluster.LoadAssignment;
                return true;
            default:
                return false;
        }
    }

    private static bool HasOneName(Cluster cluster) => cluster.LoadAssignment.Endpoints is [{ LbEndpoints: [_] }];

    /// <summary>Certificates come from the program's own files, so only mutual TLS of the mesh can be spoken, and only when a rule asks for it.</summary>
    private static bool Secure(Cluster own, Cluster cluster)
    {
        if (cluster.TransportSocket is not { } socket)
        {
            return true;
        }

        var names = socket.TypedConfig.Unpack<UpstreamTlsContext>().CommonTlsContext;
        if (names.CombinedValidationContext is null)
        {
            return false;
        }

        var validation = names.CombinedValidationContext.DefaultValidationContext.Clone();
        validation.CaCertificateProviderInstance = Provider("ROOTCA");
        own.TransportSocket = new TransportSocket
        {
            Name = EnvoyNames.TlsSocket,
            TypedConfig = Messages.Pack(new UpstreamTlsContext
            {
                CommonTlsContext = new CommonTlsContext { TlsCertificateProviderInstance = Provider("default"), ValidationContext = validation },
            }),
        };
        return true;
    }

    private static CertificateProviderPluginInstance Provider(string certificate) => new() { InstanceName = CertificateProvider, CertificateName = certificate };
}
