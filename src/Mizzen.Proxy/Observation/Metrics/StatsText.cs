namespace Mizzen.Proxy.Observation.Metrics;

/// <summary>Lines <c>name: value</c> as Envoy's <c>/stats</c> shows them.</summary>
internal static class StatsText
{
    public static void Write(string cluster, ClusterSeries series, TextBuffer text)
    {
        void Line(string counter, long value)
        {
            text.Append("cluster.");
            text.Append(cluster);
            text.Append((byte)'.');
            text.Append(counter);
            text.Append(": "u8);
            text.Append(value);
            text.Append((byte)'\n');
        }

        for (var status = 100; status < 600; status++)
        {
            if (series.ByStatus[status] > 0)
            {
                Line($"upstream_rq_{status}", series.ByStatus[status]);
            }
        }

        for (var digit = 1; digit <= 5; digit++)
        {
            Line($"upstream_rq_{digit}xx", series.OfClass(digit));
        }

        Line("upstream_rq_total", series.Requests);
        Line("upstream_rq_retry", series.Retries);
        Line("upstream_rq_timeout", series.Timeouts);
        Line("upstream_rq_pending_overflow", series.Overflows);
        Line("upstream_cx_connect_fail", series.ConnectFailures);
        Line("upstream_cx_tcp_total", series.Connections);
    }
}
