using Mizzen.Proxy.Filters;
using Mizzen.Proxy.Handover;
using Mizzen.Proxy.Logging;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Overload;

namespace Mizzen.Proxy.Serving;

/// <summary>What an engine is made of.</summary>
internal sealed record EngineOptions
{
    /// <summary>Event loops, each a thread: Istio's <c>concurrency</c>; as many as there are processors where it is 0.</summary>
    public int Loops { get; init; } = 2;

    /// <summary>Makes the observer of a loop, given its number from 0. It is called on that loop's thread only.</summary>
    public required Func<int, ITrafficObserver> Observer { get; init; }

    public required Logger Log { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>What peers in the mesh are told about this proxy.</summary>
    public PeerIdentity Identity { get; init; } = PeerIdentity.None;

    /// <summary>What is refused for want of room or memory.</summary>
    public OverloadState Overload { get; init; } = new();

    /// <summary>Listening sockets to go on with.</summary>
    public InheritedSockets Inherited { get; init; } = new();

    /// <summary>How long connections may stay whose listener or filter chain the configuration has no more; Envoy's default is 10 minutes.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>SO_MARK of outgoing sockets, so that redirect rules leave them alone; 0 for none. It needs CAP_NET_ADMIN and is left out without.</summary>
    public int Mark { get; init; } = 1337;
}
