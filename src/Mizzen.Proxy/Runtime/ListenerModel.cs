using System.Net;

using Mizzen.Proxy.Tls;

namespace Mizzen.Proxy.Runtime;

/// <summary>Which way the traffic of a listener goes, seen from the workload.</summary>
internal enum TrafficDirection
{
    Unspecified,
    Inbound,
    Outbound,
}

/// <summary>What a connection speaks at first (<c>transport_protocol</c> of a filter chain match).</summary>
internal enum TransportProtocol
{
    Any,
    Tls,
    RawBuffer,
}

/// <summary>A listener (<c>envoy.config.listener.v3.Listener</c>).</summary>
internal sealed record ListenerModel
{
    public required string Name { get; init; }

    public required IPEndPoint Address { get; init; }

    /// <summary>The counters under its address.</summary>
    public ListenerCounters Counters => field ??= new ListenerCounters(Address);

    /// <summary>False for listeners that only take over connections whose original destination is theirs.</summary>
    public bool BindToPort { get; init; } = true;

    /// <summary>Hand a connection over to the listener of its original destination, if there is one.</summary>
    public bool UseOriginalDestination { get; init; }

    public TrafficDirection Direction { get; init; }

    /// <summary>Look at the first bytes: chains that ask for an application protocol match only what looks like HTTP.</summary>
    public bool InspectHttp { get; init; }

    /// <summary>Look whether a connection begins with TLS, for which server name and which application protocols.</summary>
    public bool InspectTls { get; init; }

    /// <summary>Connections begin with a header that tells of the client; null when they do not.</summary>
    public ProxyProtocolModel? ProxyProtocol { get; init; }

    /// <summary>Milliseconds to wait for the first bytes before the connection is taken as not HTTP; 0 waits for ever (Istio's default).</summary>
    public long InspectTimeout { get; init; }

    /// <summary>It takes datagrams, and this becomes of them; null for connections.</summary>
    public UdpModel? Udp { get; init; }

    public IReadOnlyList<FilterChainModel> Chains { get; init; } = [];

    /// <summary>For connections that match no chain; null closes them.</summary>
    public FilterChainModel? DefaultChain { get; init; }
}

/// <summary>What is done with connections that match (<c>FilterChain</c>): exactly one of <see cref="Http"/> and <see cref="Tcp"/> is set.</summary>
internal sealed record FilterChainModel
{
    public string Name { get; init; } = "";

    /// <summary>Original destination port, 0 for any.</summary>
    public int DestinationPort { get; init; }

    /// <summary>Original destination ranges; empty for any.</summary>
    public IReadOnlyList<IPNetwork> DestinationRanges { get; init; } = [];

    /// <summary>Server names that clients ask for, in lower case, <c>*.</c> at the front for all below; empty for any.</summary>
    public IReadOnlyList<string> ServerNames { get; init; } = [];

    public TransportProtocol TransportProtocol { get; init; }

    /// <summary>What clients offer by ALPN, or what plain bytes look like (<c>http/1.1</c>); empty for anything.</summary>
    public IReadOnlyList<string> ApplicationProtocols { get; init; } = [];

    /// <summary>How to speak TLS with clients; null speaks in plain.</summary>
    public ServerTls? Tls { get; init; }

    /// <summary>What looks at a connection before the connection manager gets it; those of a TCP proxy stand in <see cref="Tcp"/>.</summary>
    public IReadOnlyList<FilterSettings> Filters { get; init; } = [];

    public HttpModel? Http { get; init; }

    public TcpModel? Tcp { get; init; }
}
