using System.Net;

namespace Mizzen.Proxy.Redirect;

/// <summary>What traffic of a pod goes through its proxy; the flags of Istio's <c>istio-iptables</c>.</summary>
internal sealed record RedirectOptions
{
    /// <summary>Port that takes outbound connections.</summary>
    public ushort OutboundPort { get; init; } = 15001;

    /// <summary>Port that takes inbound connections.</summary>
    public ushort InboundPort { get; init; } = 15006;

    /// <summary>Port of HBONE, never redirected.</summary>
    public ushort TunnelPort { get; init; } = 15008;

    /// <summary>Users whose connections are the proxy's own.</summary>
    public IReadOnlyList<uint> Users { get; init; } = [1337];

    /// <summary>Groups whose connections are the proxy's own.</summary>
    public IReadOnlyList<uint> Groups { get; init; } = [];

    /// <summary>Mark of the proxy's own connections.</summary>
    public uint Mark { get; init; } = 1337;

    /// <summary>Inbound ports to take; null for all.</summary>
    public IReadOnlyList<ushort>? InboundPorts { get; init; }

    /// <summary>Inbound ports to leave alone.</summary>
    public IReadOnlyList<ushort> ExcludedInboundPorts { get; init; } = [];

    /// <summary>Destinations to take; null for all.</summary>
    public IReadOnlyList<IPNetwork>? Networks { get; init; }

    /// <summary>Destinations to leave alone.</summary>
    public IReadOnlyList<IPNetwork> ExcludedNetworks { get; init; } = [];

    /// <summary>Outbound ports to take whatever the destination.</summary>
    public IReadOnlyList<ushort> OutboundPorts { get; init; } = [];

    /// <summary>Outbound ports to leave alone.</summary>
    public IReadOnlyList<ushort> ExcludedOutboundPorts { get; init; } = [];

    /// <summary>Port of the proxy's own name server, to which requests for names go; null leaves them alone.</summary>
    public ushort? NamesPort { get; init; }

    /// <summary>The name servers whose requests are taken; null for all.</summary>
    public IReadOnlyList<IPAddress>? NameServers { get; init; }

    /// <summary>Links whose traffic is left alone.</summary>
    public IReadOnlyList<string> ExcludedLinks { get; init; } = [];
}
