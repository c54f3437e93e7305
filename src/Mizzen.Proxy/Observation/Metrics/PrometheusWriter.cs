using System.Text;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Observation.Metrics;

/// <summary>Writes metrics in the Prometheus text format, version 0.0.4.</summary>
internal sealed class PrometheusWriter(TextBuffer text)
{
    /// <summary>Media type of the format.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private static readonly byte[][] BucketLabels = [.. Histogram.Bounds.Select(bound => Encoding.ASCII.GetBytes($",le=\"{Number(bound)}\"")), ",le=\"+Inf\""u8.ToArray()];

    public void Http(IReadOnlyCollection<(byte[] Labels, HttpSeries Series)> all)
    {
        if (all.Count == 0)
        {
            return;
        }

        Type("istio_requests_total"u8, "counter"u8);
        foreach (var (labels, series) in all)
        {
            Sample("istio_requests_total"u8, labels, default, series.Requests);
        }

        Distribution("istio_request_duration_milliseconds"u8, all, static series => series.Duration);
        Distribution("istio_request_bytes"u8, all, static series => series.RequestBytes);
        Distribution("istio_response_bytes"u8, all, static series => series.ResponseBytes);
        var grpc = all.Where(static entry => entry.Series.RequestMessages + entry.Series.ResponseMessages > 0).ToList();
        if (grpc.Count > 0)
        {
            Counter("istio_request_messages_total"u8, grpc, static series => series.RequestMessages);
            Counter("istio_response_messages_total"u8, grpc, static series => series.ResponseMessages);
        }
    }

    public void Tcp(IReadOnlyCollection<(byte[] Labels, TcpSeries Series)> all)
    {
        if (all.Count == 0)
        {
            return;
        }

        Counter("istio_tcp_connections_opened_total"u8, all, static series => series.Opened);
        Counter("istio_tcp_connections_closed_total"u8, all, static series => series.Closed);
        Counter("istio_tcp_sent_bytes_total"u8, all, static series => series.Sent);
        Counter("istio_tcp_received_bytes_total"u8, all, static series => series.Received);
    }

    public void Clusters(IReadOnlyDictionary<string, ClusterSeries> all)
    {
        if (all.Count == 0)
        {
            return;
        }

        var labelled = all.Select(entry => (Labels: Encoding.UTF8.GetBytes($"cluster_name=\"{entry.Key}\""), Series: entry.Value)).ToList();
        Type("envoy_cluster_upstream_rq"u8, "counter"u8);
        foreach (var (labels, series) in labelled)
        {
            for (var status = 100; status < 600; status++)
            {
                if (series.ByStatus[status] > 0)
                {
                    Sample("envoy_cluster_upstream_rq"u8, labels, Encoding.ASCII.GetBytes($",response_code=\"{status}\""), series.ByStatus[status]);
                }
            }
        }

        Counter("envoy_cluster_upstream_rq_total"u8, labelled, static series => series.Requests);
        Counter("envoy_cluster_upstream_rq_retry"u8, labelled, static series => series.Retries);
        Counter("envoy_cluster_upstream_rq_timeout"u8, labelled, static series => series.Timeouts);
        Counter("envoy_cluster_upstream_rq_pending_overflow"u8, labelled, static series => series.Overflows);
        Counter("envoy_cluster_upstream_cx_connect_fail"u8, labelled, static series => series.ConnectFailures);
    }

    /// <summary>Named counters and gauges, those of one metric together.</summary>
    public void Counters(IEnumerable<(CounterKey Key, long Count)> all)
    {
        foreach (var metric in all.GroupBy(static entry => entry.Key.Metric, StringComparer.Ordinal))
        {
            var name = Encoding.UTF8.GetBytes(metric.Key);
            Type(name, metric.First().Key.IsGauge ? "gauge"u8 : "counter"u8);
            foreach (var (key, count) in metric)
            {
                Sample(name, Encoding.UTF8.GetBytes(key.Labels), default, count);
            }
        }
    }

    /// <summary>One value of now.</summary>
    public void Gauge(ReadOnlySpan<byte> name, ReadOnlySpan<byte> labels, long value)
    {
        Type(name, "gauge"u8);
        Sample(name, labels, default, value);
    }

    /// <summary>One counter without series.</summary>
    public void Counter(ReadOnlySpan<byte> name, long value)
    {
        Type(name, "counter"u8);
        Sample(name, default, default, value);
    }

    private void Counter<TSeries>(ReadOnlySpan<byte> name, IReadOnlyCollection<(byte[] Labels, TSeries Series)> all, Func<TSeries, long> value)
    {
        Type(name, "counter"u8);
        foreach (var (labels, series) in all)
        {
            Sample(name, labels, default, value(series));
        }
    }

    private void Distribution(ReadOnlySpan<byte> name, IReadOnlyCollection<(byte[] Labels, HttpSeries Series)> all, Func<HttpSeries, Histogram> histogram)
    {
        Type(name, "histogram"u8);
        foreach (var (labels, series) in all)
        {
            var values = histogram(series);
            var below = 0L;
            for (var i = 0; i < values.Counts.Length; i++)
            {
                below += values.Counts[i];
                Name(name, "_bucket"u8, labels, BucketLabels[i]);
                Value(below);
            }

            Name(name, "_sum"u8, labels, default);
            text.Append(values.Sum);
            text.Append((byte)'\n');
            Name(name, "_count"u8, labels, default);
            Value(below);
        }
    }

    private void Type(ReadOnlySpan<byte> name, ReadOnlySpan<byte> kind)
    {
        text.Append("# TYPE "u8);
        text.Append(name);
        text.Append((byte)' ');
        text.Append(kind);
        text.Append((byte)'\n');
    }

    private void Sample(ReadOnlySpan<byte> name, ReadOnlySpan<byte> labels, ReadOnlySpan<byte> more, long value)
    {
        Name(name, default, labels, more);
        Value(value);
    }

    private void Name(ReadOnlySpan<byte> name, ReadOnlySpan<byte> suffix, ReadOnlySpan<byte> labels, ReadOnlySpan<byte> more)
    {
        text.Append(name);
        text.Append(suffix);
        if (labels.IsEmpty && more.IsEmpty)
        {
            text.Append((byte)' ');
            return;
        }

        text.Append((byte)'{');
        text.Append(labels);
        text.Append(more);
        text.Append("} "u8);
    }

    private void Value(long value)
    {
        text.Append(value);
        text.Append((byte)'\n');
    }

    private static string Number(double bound) => bound.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
}
