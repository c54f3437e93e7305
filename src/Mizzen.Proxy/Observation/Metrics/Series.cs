namespace Mizzen.Proxy.Observation.Metrics;

/// <summary>Counts of HTTP exchanges that share their labels.</summary>
internal sealed class HttpSeries
{
    public long Requests { get; private set; }

    /// <summary>gRPC messages.</summary>
    public long RequestMessages { get; private set; }

    /// <inheritdoc cref="RequestMessages"/>
    public long ResponseMessages { get; private set; }

    public Histogram Duration { get; } = new();

    public Histogram RequestBytes { get; } = new();

    public Histogram ResponseBytes { get; } = new();

    public void Count(ExchangeRecord record)
    {
        Requests++;
        RequestMessages += record.RequestMessages;
        ResponseMessages += record.ResponseMessages;
        Duration.Observe(record.DurationMicroseconds / 1000.0);
        RequestBytes.Observe(record.BytesReceived);
        ResponseBytes.Observe(record.BytesSent);
    }

    public void MoveTo(HttpSeries total)
    {
        total.Requests += Requests;
        total.RequestMessages += RequestMessages;
        total.ResponseMessages += ResponseMessages;
        Requests = RequestMessages = ResponseMessages = 0;
        Duration.MoveTo(total.Duration);
        RequestBytes.MoveTo(total.RequestBytes);
        ResponseBytes.MoveTo(total.ResponseBytes);
    }
}

/// <summary>Counts of TCP connections that share their labels.</summary>
internal sealed class TcpSeries
{
    public long Opened { get; set; }

    public long Closed { get; set; }

    public long Received { get; set; }

    public long Sent { get; set; }

    public void MoveTo(TcpSeries total)
    {
        total.Opened += Opened;
        total.Closed += Closed;
        total.Received += Received;
        total.Sent += Sent;
        Opened = Closed = Received = Sent = 0;
    }
}

/// <summary>Counts of one upstream cluster, by the names of Envoy's cluster statistics.</summary>
internal sealed class ClusterSeries
{
    /// <summary>By status from 100 to 599.</summary>
    private readonly long[] _byStatus = new long[600];

    public long Requests { get; private set; }

    public long Retries { get; private set; }

    public long Timeouts { get; private set; }

    public long ConnectFailures { get; private set; }

    public long Overflows { get; private set; }

    public long Connections { get; set; }

    public ReadOnlySpan<long> ByStatus => _byStatus;

    public void Count(ExchangeRecord record)
    {
        Requests += Math.Max(1, record.Attempts);
        Retries += Math.Max(0, record.Attempts - 1);
        Timeouts += (record.Flags & ResponseFlags.UpstreamRequestTimeout) != 0 ? 1 : 0;
        ConnectFailures += (record.Flags & ResponseFlags.UpstreamConnectionFailure) != 0 ? 1 : 0;
        Overflows += (record.Flags & ResponseFlags.UpstreamOverflow) != 0 ? 1 : 0;
        if (record.Status is >= 100 and < 600)
        {
            _byStatus[record.Status]++;
        }
    }

    /// <summary>Exchanges whose status begins with this digit.</summary>
    public long OfClass(int digit)
    {
        var sum = 0L;
        foreach (var count in _byStatus.AsSpan(digit * 100, 100))
        {
            sum += count;
        }

        return sum;
    }

    public void MoveTo(ClusterSeries total)
    {
        for (var i = 100; i < _byStatus.Length; i++)
        {
            total._byStatus[i] += _byStatus[i];
        }

        Array.Clear(_byStatus);
        total.Requests += Requests;
        total.Retries += Retries;
        total.Timeouts += Timeouts;
        total.ConnectFailures += ConnectFailures;
        total.Overflows += Overflows;
        total.Connections += Connections;
        Requests = Retries = Timeouts = ConnectFailures = Overflows = Connections = 0;
    }
}
