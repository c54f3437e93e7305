using System.Collections.Frozen;

namespace Mizzen.Proxy.Runtime;

/// <summary>A TCP proxy.</summary>
internal sealed record TcpModel
{
    public string StatPrefix { get; init; } = "";

    /// <summary>The counters under that prefix.</summary>
    public TcpCounters Counters => field ??= new TcpCounters(StatPrefix);

    /// <summary>At least one; the choice is proportional to weight.</summary>
    public required IReadOnlyList<WeightedClusterModel> Clusters { get; init; }

    /// <summary>Milliseconds without bytes in either direction; 0 for never. Envoy's default is an hour.</summary>
    public long IdleTimeout { get; init; } = 3_600_000;

    /// <summary>Milliseconds after which a connection is ended, whatever it does; 0 for never.</summary>
    public long MaxDuration { get; init; }

    /// <summary>Connection attempts to different endpoints before giving up.</summary>
    public int MaxConnectAttempts { get; init; } = 1;

    /// <summary>Connections of one address go to one endpoint, for clusters that hash.</summary>
    public bool HashesSourceAddress { get; init; }

    public IReadOnlyList<AccessLogModel> AccessLogs { get; init; } = [];

    /// <summary>What looks at a connection before it is forwarded, in this order.</summary>
    public IReadOnlyList<FilterSettings> Filters { get; init; } = [];
}

/// <summary>One of several destinations.</summary>
internal sealed record WeightedClusterModel
{
    public required ClusterKey Cluster { get; init; }

    /// <summary>Share, relative to the sum.</summary>
    public uint Weight { get; init; } = 1;

    public HeaderMutations RequestHeaders { get; init; } = HeaderMutations.None;

    public HeaderMutations ResponseHeaders { get; init; } = HeaderMutations.None;

    /// <summary>Overrides the authority; null keeps it.</summary>
    public byte[]? HostRewrite { get; init; }

    /// <summary>What is said here about filters, by their names.</summary>
    public FrozenDictionary<string, FilterOverride> Filters { get; init; } = FilterOverride.None;
}
