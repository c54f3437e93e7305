using System.Text;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Observation.Metrics;

/// <summary>The totals of all loops. A loop adds what it counted about once a second; readers see whole batches only.</summary>
internal sealed class MetricsRegistry
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (byte[] Labels, HttpSeries Series)> _http = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (byte[] Labels, TcpSeries Series)> _tcp = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, ClusterSeries> _clusters = new(StringComparer.Ordinal);

    /// <summary>The totals of named counters, to be touched inside of <see cref="Merge"/> only.</summary>
    public SortedDictionary<string, (CounterKey Key, long Count)> Counters { get; } = new(StringComparer.Ordinal);

    /// <summary>The total of these labels, the same for every loop.</summary>
    public HttpSeries Http(SeriesLabels labels) => Of(_http, labels);

    /// <inheritdoc cref="Http"/>
    public TcpSeries Tcp(SeriesLabels labels) => Of(_tcp, labels);

    /// <summary>The total of this cluster, the same for every loop.</summary>
    public ClusterSeries Cluster(string name)
    {
        lock (_gate)
        {
            if (!_clusters.TryGetValue(name, out var series))
            {
                series = new ClusterSeries();
                _clusters[name] = series;
            }

            return series;
        }
    }

    /// <summary>Adds to a counter that no loop counts.</summary>
    public void Add(CounterKey counter, long amount) =>
        Merge(() => Counters[counter.Name] = (counter, Counters.GetValueOrDefault(counter.Name).Count + amount));

    /// <summary>Sets a gauge that no loop counts.</summary>
    public void Set(CounterKey gauge, long value) => Merge(() => Counters[gauge.Name] = (gauge, value));

    /// <summary>Runs <paramref name="move"/> while nobody else reads or adds.</summary>
    public void Merge(Action move)
    {
        lock (_gate)
        {
            move();
        }
    }

    /// <summary>Writes Istio's standard metrics and the clusters' in the Prometheus text format, version 0.0.4.</summary>
    public void WritePrometheus(PrometheusWriter writer)
    {
        lock (_gate)
        {
            writer.Http(_http.Values);
            writer.Tcp(_tcp.Values);
            writer.Clusters(_clusters);
            writer.Counters(Counters.Values);
        }
    }

    /// <summary>Writes the clusters' counters as Envoy's <c>/stats</c> does.</summary>
    public void WriteStats(TextBuffer text)
    {
        lock (_gate)
        {
            foreach (var (name, series) in _clusters)
            {
                StatsText.Write(name, series, text);
            }

            foreach (var (name, counter) in Counters)
            {
                text.Append(name);
                text.Append(": "u8);
                text.Append(counter.Count);
                text.Append((byte)'\n');
            }
        }
    }

    private TSeries Of<TSeries>(Dictionary<string, (byte[] Labels, TSeries Series)> all, SeriesLabels labels)
        where TSeries : new()
    {
        var text = labels.ToText();
        var key = Encoding.UTF8.GetString(text);
        lock (_gate)
        {
            if (!all.TryGetValue(key, out var entry))
            {
                entry = (text, new TSeries());
                all[key] = entry;
            }

            return entry.Series;
        }
    }
}
