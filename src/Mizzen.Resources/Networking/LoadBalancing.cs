namespace Mizzen.Resources.Networking;

/// <summary>The same key goes to the same endpoint, as long as it is there (Istio's <c>LoadBalancerSettings.ConsistentHashLB</c>).</summary>
public sealed record ConsistentHashLB
{
    public string? HttpHeaderName { get; init; }

    public HTTPCookie? HttpCookie { get; init; }

    public bool? UseSourceIp { get; init; }

    public string? HttpQueryParameterName { get; init; }

    public RingHash? RingHash { get; init; }

    public MagLev? Maglev { get; init; }

    /// <summary>Deprecated: <see cref="Networking.RingHash.MinimumRingSize"/>.</summary>
    public long? MinimumRingSize { get; init; }
}

/// <summary>A cookie to hash by; with a <see cref="Ttl"/> it is made for clients who have none.</summary>
public sealed record HTTPCookie
{
    public string? Name { get; init; }

    public string? Path { get; init; }

    /// <summary>A duration; <c>0s</c> for the client's session.</summary>
    public string? Ttl { get; init; }

    public IReadOnlyList<CookieAttribute>? Attributes { get; init; }
}

/// <summary>Something that follows the value of a cookie.</summary>
public sealed record CookieAttribute
{
    public string? Name { get; init; }

    public string? Value { get; init; }
}

/// <summary>Hashing by a ring.</summary>
public sealed record RingHash
{
    /// <summary>Places on the ring at least; 1024 when absent.</summary>
    public long? MinimumRingSize { get; init; }
}

/// <summary>Hashing by Maglev's table.</summary>
public sealed record MagLev
{
    /// <summary>A prime number; 65537 when absent.</summary>
    public long? TableSize { get; init; }
}

/// <summary>What the places of clients and endpoints mean (Istio's <c>LocalityLoadBalancerSetting</c>).</summary>
public sealed record LocalityLoadBalancerSetting
{
    public IReadOnlyList<Distribute>? Distribute { get; init; }

    public IReadOnlyList<Failover>? Failover { get; init; }

    /// <summary>Labels, each as <c>name</c> or <c>name=value</c>, the most important first.</summary>
    public IReadOnlyList<string>? FailoverPriority { get; init; }

    public bool? Enabled { get; init; }
}

/// <summary>How the traffic of a place is spread over places, in percent.</summary>
public sealed record Distribute
{
    /// <summary><c>region/zone/subzone</c>, with <c>*</c> for the rest.</summary>
    public string? From { get; init; }

    public IReadOnlyDictionary<string, int>? To { get; init; }
}

/// <summary>Where the traffic of a region goes when the region fails.</summary>
public sealed record Failover
{
    public string? From { get; init; }

    public string? To { get; init; }
}

/// <summary>How new endpoints get their share (Istio's <c>WarmupConfiguration</c>).</summary>
public sealed record WarmupConfiguration
{
    /// <summary>A duration.</summary>
    public string? Duration { get; init; }

    /// <summary>Percent, from 0 to 100; 10 when absent.</summary>
    public double? MinimumPercent { get; init; }

    /// <summary>1 for growth in proportion to time; 1 when absent.</summary>
    public double? Aggression { get; init; }
}
