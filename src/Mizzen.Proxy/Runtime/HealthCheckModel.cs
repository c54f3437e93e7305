namespace Mizzen.Proxy.Runtime;

/// <summary>How endpoints are asked whether they are well (<c>envoy.config.core.v3.HealthCheck</c>); times in milliseconds.</summary>
internal sealed record HealthCheckModel
{
    public required HealthQuestionModel Question { get; init; }

    /// <summary>How long an answer may take.</summary>
    public long Timeout { get; init; } = 1_000;

    /// <summary>From the end of one check to the next.</summary>
    public long Interval { get; init; } = 5_000;

    /// <summary>The interval while the endpoint is not well.</summary>
    public long UnhealthyInterval { get; init; } = 5_000;

    /// <summary>The interval once, after the endpoint has turned unhealthy.</summary>
    public long UnhealthyEdgeInterval { get; init; } = 5_000;

    /// <summary>The interval once, after the endpoint has turned healthy.</summary>
    public long HealthyEdgeInterval { get; init; } = 5_000;

    /// <summary>Any pause up to this comes before the first check.</summary>
    public long InitialJitter { get; init; }

    /// <summary>Any pause up to this is added to each interval.</summary>
    public long Jitter { get; init; }

    /// <summary>Any part up to this many percent of the interval is added to it.</summary>
    public uint JitterPercent { get; init; }

    /// <summary>Failures in a row that make an endpoint unhealthy.</summary>
    public uint UnhealthyThreshold { get; init; } = 1;

    /// <summary>Successes in a row that make it healthy again.</summary>
    public uint HealthyThreshold { get; init; } = 1;

    /// <summary>Port that is asked; 0 for the endpoint's.</summary>
    public int Port { get; init; }

    /// <summary>Every failure is logged, not only those that change the verdict.</summary>
    public bool LogsFailures { get; init; }

    public required HealthCounters Counters { get; init; }
}

/// <summary>What is asked.</summary>
internal abstract record HealthQuestionModel
{
    private HealthQuestionModel()
    {
    }

    /// <summary>An HTTP request.</summary>
    internal sealed record Http(byte[] Method, byte[] Path, string Host) : HealthQuestionModel
    {
        public bool IsHttp2 { get; init; }

        public IReadOnlyList<HeaderAddition> Fields { get; init; } = [];

        /// <summary>Statuses of a healthy endpoint.</summary>
        public IReadOnlyList<StatusRange> Expected { get; init; } = [new StatusRange(200, 201)];

        /// <summary>Statuses that count as one failure; any other makes the endpoint unhealthy at once.</summary>
        public IReadOnlyList<StatusRange> Retriable { get; init; } = [];
    }

    /// <summary>A connection; bytes to send and bytes to find in this order in what comes, both perhaps empty.</summary>
    internal sealed record Tcp(byte[] Send, IReadOnlyList<byte[]> Receive) : HealthQuestionModel;

    /// <summary>gRPC's health protocol, for a service; empty for the whole server.</summary>
    internal sealed record Grpc(string Service, string Host) : HealthQuestionModel;
}

/// <summary>Statuses from a first one to before an end.</summary>
internal readonly record struct StatusRange(long Start, long End)
{
    /// <summary>One of them covers the status.</summary>
    public static bool Covers(IReadOnlyList<StatusRange> ranges, int status)
    {
        foreach (var range in ranges)
        {
            if (status >= range.Start && status < range.End)
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>A cluster's counts of health checks, under Envoy's names.</summary>
internal sealed class HealthCounters(string cluster)
{
    public CounterKey Attempts { get; } = CounterKey.Cluster(cluster, "health_check.attempt");

    public CounterKey Successes { get; } = CounterKey.Cluster(cluster, "health_check.success");

    public CounterKey Failures { get; } = CounterKey.Cluster(cluster, "health_check.failure");

    /// <summary>Failures without an answer.</summary>
    public CounterKey NetworkFailures { get; } = CounterKey.Cluster(cluster, "health_check.network_failure");

    /// <summary>Endpoints that are healthy now.</summary>
    public CounterKey Healthy { get; } = CounterKey.Cluster(cluster, "health_check.healthy", isGauge: true);
}
