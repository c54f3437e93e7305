using System.Net;

namespace Mizzen.Proxy.Runtime;

/// <summary>Which way the traffic of a listener goes, seen from the workload.</summary>
internal enum TrafficDirection
{
    Unspecified,
    Inbound,
    Outbound,
}

/// <summary>A listener (<c>envoy.config.listener.v3.Listener</c>).</summary>
internal sealed record ListenerModel
{
    public required string Name { get; init; }

    public required IPEndPoint Address { get; init; }

    /// <summary>False for listeners that only take over connections whose original destination is theirs.</summary>
    public bool BindToPort { get; init; } = true;

    /// <summary>Hand a connection over to the listener of its original destination, if there is one.</summary>
    public bool UseOriginalDestination { get; init; }

    public TrafficDirection Direction { get; init; }

    /// <summary>Look at the first bytes: chains that ask for an application protocol match only what looks like HTTP.</summary>
    public bool InspectHttp { get; init; }

    /// <summary>Milliseconds to wait for the first bytes before the connection is taken as not HTTP; 0 waits for ever (Istio's default).</summary>
    public long InspectTimeout { get; init; }

    public IReadOnlyList<FilterChainModel> Chains { get; init; } = [];

    /// <summary>For connections that match no chain; null closes them.</summary>
    public FilterChainModel? DefaultChain { get; init; }
}

/// <summary>What is done with connections that match (<c>FilterChain</c>): exactly one of the two is set.</summary>
internal sealed record FilterChainModel
{
    public string Name { get; init; } = "";

    /// <summary>Original destination port, 0 for any.</summary>
    public int DestinationPort { get; init; }

    /// <summary>Original destination ranges; empty for any.</summary>
    public IReadOnlyList<IPNetwork> DestinationRanges { get; init; } = [];

    /// <summary>Only for connections that look like HTTP/1 (<c>application_protocols</c> names http/1.1 or http/1.0).</summary>
    public bool RequiresHttp { get; init; }

    public HttpModel? Http { get; init; }

    public TcpModel? Tcp { get; init; }
}
