using System.Text.Json;
using Envoy.Config.Cluster.V3;
using Envoy.Config.Core.V3;
using Envoy.Extensions.TransportSockets.ProxyProtocol.V3;
using Envoy.Extensions.TransportSockets.RawBuffer.V3;

namespace Mizzen.ControlPlane.Translation;

/// <summary>DestinationRule <c>proxyProtocol</c>: the cluster's connections begin by telling whose they are, under whatever secures them.</summary>
internal static class ProxyHeaders
{
    public static void Apply(Cluster cluster, JsonElement settings)
    {
        var version = settings.ValueKind == JsonValueKind.Object && settings.TryGetProperty("version", out var text) && text.ValueEquals("V2")
            ? ProxyProtocolConfig.Types.Version.V2
            : ProxyProtocolConfig.Types.Version.V1;
        if (cluster.TransportSocketMatches.Count == 0)
        {
            cluster.TransportSocket = Around(cluster.TransportSocket, version);
        }

        foreach (var match in cluster.TransportSocketMatches)
        {
            match.TransportSocket = Around(match.TransportSocket, version);
        }
    }

    private static TransportSocket Around(TransportSocket? inner, ProxyProtocolConfig.Types.Version version) => new()
    {
        Name = EnvoyNames.ProxyHeaderSocket,
        TypedConfig = Messages.Pack(new ProxyProtocolUpstreamTransport
        {
            Config = new ProxyProtocolConfig { Version = version },
            TransportSocket = inner is { TypedConfig: not null } ? inner : new TransportSocket { Name = EnvoyNames.RawSocket, TypedConfig = Messages.Pack(new RawBuffer()) },
        }),
    };
}
