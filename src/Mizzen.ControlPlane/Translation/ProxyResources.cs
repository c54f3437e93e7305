using System.Collections.Frozen;
using Google.Protobuf;

namespace Mizzen.ControlPlane.Translation;

/// <summary>Everything that one proxy is to have, by xDS resource name. Equal messages may be shared between proxies and snapshots.</summary>
/// <param name="Listeners"><c>envoy.config.listener.v3.Listener</c></param>
/// <param name="Routes"><c>envoy.config.route.v3.RouteConfiguration</c></param>
/// <param name="Clusters"><c>envoy.config.cluster.v3.Cluster</c></param>
/// <param name="Endpoints"><c>envoy.config.endpoint.v3.ClusterLoadAssignment</c></param>
/// <param name="Secrets"><c>envoy.extensions.transport_sockets.tls.v3.Secret</c>: with private keys, never shown or logged.</param>
public sealed record ProxyResources(
    IReadOnlyDictionary<string, IMessage> Listeners,
    IReadOnlyDictionary<string, IMessage> Routes,
    IReadOnlyDictionary<string, IMessage> Clusters,
    IReadOnlyDictionary<string, IMessage> Endpoints,
    IReadOnlyDictionary<string, IMessage> Secrets)
{
    /// <summary><c>istio.networking.nds.v1.NameTable</c>: of proxies that have a DNS of their own, one.</summary>
    public IReadOnlyDictionary<string, IMessage> Names { get; init; } = FrozenDictionary<string, IMessage>.Empty;
}
