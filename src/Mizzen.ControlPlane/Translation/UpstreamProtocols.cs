using Envoy.Config.Core.V3;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Fields;
using Mizzen.Resources.Mesh;
using Mizzen.Resources.Networking;
using HttpProtocolOptions = Envoy.Extensions.Upstreams.Http.V3.HttpProtocolOptions;

namespace Mizzen.ControlPlane.Translation;

/// <summary>Which version of HTTP the servers of a cluster are spoken to with, and how long and often one connection is used.</summary>
internal static class UpstreamProtocols
{
    /// <summary>What the client speaks, where nobody has said what the server does.</summary>
    public static HttpProtocolOptions AsClient => new() { UseDownstreamProtocolConfig = Either(new Http2ProtocolOptions()) };

    /// <summary>The options of a cluster; null when nothing differs from the default, HTTP/1.1.</summary>
    public static HttpProtocolOptions? Of(PortProtocol protocol, ConnectionPoolSettings? pool, MeshConfig mesh)
    {
        var common = Common(pool);
        var http2 = new Http2ProtocolOptions { MaxConcurrentStreams = pool?.Http?.MaxConcurrentStreams is > 0 and var streams ? (uint)streams : null };
        if (protocol.IsHttp2() || IsUpgraded(protocol, pool?.Http?.H2UpgradePolicy, mesh))
        {
            return new HttpProtocolOptions { CommonHttpProtocolOptions = common, ExplicitHttpConfig = new() { Http2ProtocolOptions = http2 } };
        }

        if (protocol == PortProtocol.Auto || (protocol.IsHttp() && pool?.Http?.UseClientProtocol == true))
        {
            return new HttpProtocolOptions { CommonHttpProtocolOptions = common, UseDownstreamProtocolConfig = Either(http2) };
        }

        return common is null
            ? null
            : new HttpProtocolOptions { CommonHttpProtocolOptions = common, ExplicitHttpConfig = new() { HttpProtocolOptions = new Http1ProtocolOptions() } };
    }

    /// <summary>A rule's wish counts for whatever port it names, the mesh's for ports that are said to be HTTP.</summary>
    private static bool IsUpgraded(PortProtocol protocol, string? rule, MeshConfig mesh) => rule switch
    {
        "UPGRADE" => protocol.IsHttp() || protocol == PortProtocol.Auto,
        "DO_NOT_UPGRADE" => false,
        _ => mesh.H2UpgradePolicy == "UPGRADE" && protocol == PortProtocol.Http,
    };

    private static HttpProtocolOptions.Types.UseDownstreamHttpConfig Either(Http2ProtocolOptions http2) =>
        new() { HttpProtocolOptions = new Http1ProtocolOptions(), Http2ProtocolOptions = http2 };

    private static Envoy.Config.Core.V3.HttpProtocolOptions? Common(ConnectionPoolSettings? pool)
    {
        var idle = GoDuration.Parse(pool?.Http?.IdleTimeout) ?? GoDuration.Parse(pool?.Tcp?.IdleTimeout);
        var requests = pool?.Http?.MaxRequestsPerConnection is > 0 ? (uint?)pool.Http.MaxRequestsPerConnection : null;
        var life = GoDuration.Parse(pool?.Tcp?.MaxConnectionDuration);
        return idle is null && requests is null && life is null
            ? null
            : new Envoy.Config.Core.V3.HttpProtocolOptions
            {
                IdleTimeout = idle is { } time ? Messages.Of(time) : null,
                MaxConnectionDuration = life is { } most ? Messages.Of(most) : null,
                MaxRequestsPerConnection = requests,
            };
    }
}
