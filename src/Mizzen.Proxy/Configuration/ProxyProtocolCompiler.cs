using Envoy.Config.Core.V3;
using Envoy.Config.Listener.V3;
using Envoy.Extensions.Filters.Listener.ProxyProtocol.V3;
using Envoy.Extensions.TransportSockets.ProxyProtocol.V3;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Configuration;

/// <summary>The PROXY protocol of listeners and clusters.</summary>
internal static class ProxyProtocolCompiler
{
    public const string ListenerFilter = "envoy.filters.listener.proxy_protocol";
    private const string UpstreamSocket = "envoy.transport_sockets.upstream_proxy_protocol";

    /// <summary>What a listener wants of connections; null when it wants no header.</summary>
    public static ProxyProtocolModel? Compile(Listener listener, Problems problems)
    {
        if (listener.ListenerFilters.FirstOrDefault(filter => filter.Name == ListenerFilter) is not { } filter)
        {
            return null;
        }

        using var scope = problems.At($"listener_filters[{filter.Name}]");
        if (listener.ListenerFilters[0] != filter)
        {
            problems.Add("must be the first: the others would look at its header");
        }

        var message = filter.TypedConfig is null ? new ProxyProtocol() : Values.Unpack<ProxyProtocol>(filter.TypedConfig, filter.Name, problems);
        if (message?.Rules.Count > 0 || message?.PassThroughTlvs is not null)
        {
            problems.Add("rules and pass_through_tlvs are not supported: additional fields are read over");
        }

        return new ProxyProtocolModel(message?.StatPrefix ?? "")
        {
            AllowsAbsent = message?.AllowRequestsWithoutProxyProtocol == true,
            AllowsVersion1 = message?.DisallowedVersions.Contains(ProxyProtocolConfig.Types.Version.V1) != true,
            AllowsVersion2 = message?.DisallowedVersions.Contains(ProxyProtocolConfig.Types.Version.V2) != true,
        };
    }

    /// <summary>A cluster's transport socket without the one that writes the header, and the header's version; 0 for none.</summary>
    public static (TransportSocket? Inner, int Version) Unwrap(TransportSocket? socket, Problems problems)
    {
        if (socket?.Name != UpstreamSocket)
        {
            return (socket, 0);
        }

        using var scope = problems.At("transport_socket");
        if (Values.Unpack<ProxyProtocolUpstreamTransport>(socket.TypedConfig, socket.Name, problems) is not { } message)
        {
            return (null, 0);
        }

        if (message.Config is { PassThroughTlvs: not null } or { AddedTlvs.Count: > 0 })
        {
            problems.Add("config: pass_through_tlvs and added_tlvs are not supported: the header holds the addresses");
        }

        return (message.TransportSocket, message.Config?.Version == ProxyProtocolConfig.Types.Version.V2 ? 2 : 1);
    }
}
