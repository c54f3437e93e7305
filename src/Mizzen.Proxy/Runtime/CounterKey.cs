using System.Collections.Concurrent;

namespace Mizzen.Proxy.Runtime;

/// <summary>
/// Name of a counter or gauge with a small number that stays the same for the life of the process, so that loops count in arrays. Keys are
/// looked up while configuration is compiled, never per request.
/// </summary>
internal sealed class CounterKey
{
    private static readonly ConcurrentDictionary<string, CounterKey> All = new(StringComparer.Ordinal);
    private static readonly Lock Numbering = new();
    private static int _count;

    private CounterKey(string name, string metric, string labels, bool isGauge, int ordinal)
    {
        Name = name;
        Metric = metric;
        Labels = labels;
        IsGauge = isGauge;
        Ordinal = ordinal;
    }

    /// <summary>Envoy's name with everything in it, as <c>/stats</c> writes it.</summary>
    public string Name { get; }

    /// <summary>The Prometheus name, without the parts that are labels.</summary>
    public string Metric { get; }

    /// <summary>Prometheus labels without braces; empty when there are none.</summary>
    public string Labels { get; }

    /// <summary>It goes down, too.</summary>
    public bool IsGauge { get; }

    /// <summary>From 0, dense.</summary>
    public int Ordinal { get; }

    /// <summary>A counter of a connection manager: <c>http.PREFIX.rest</c>.</summary>
    public static CounterKey Http(string prefix, string rest, bool isGauge = false) =>
        Of($"http.{prefix}.{rest}", $"envoy_http_{Flat(rest)}", Label("envoy_http_conn_manager_prefix", prefix), isGauge);

    /// <summary>A counter of a TCP proxy: <c>tcp.PREFIX.rest</c>.</summary>
    public static CounterKey Tcp(string prefix, string rest, bool isGauge = false) =>
        Of($"tcp.{prefix}.{rest}", $"envoy_tcp_{Flat(rest)}", Label("envoy_tcp_prefix", prefix), isGauge);

    /// <summary>A counter of a UDP proxy: <c>udp.PREFIX.rest</c>.</summary>
    public static CounterKey Udp(string prefix, string rest, bool isGauge = false) =>
        Of($"udp.{prefix}.{rest}", $"envoy_udp_{Flat(rest)}", Label("envoy_udp_prefix", prefix), isGauge);

    /// <summary>A counter of a cluster: <c>cluster.NAME.rest</c>.</summary>
    public static CounterKey Cluster(string cluster, string rest, bool isGauge = false) =>
        Of($"cluster.{cluster}.{rest}", $"envoy_cluster_{Flat(rest)}", Label("envoy_cluster_name", cluster), isGauge);

    /// <summary>A counter of a listener: <c>listener.ADDRESS.rest</c>.</summary>
    public static CounterKey Listener(string address, string rest, bool isGauge = false) =>
        Of($"listener.{address}.{rest}", $"envoy_listener_{Flat(rest)}", Label("envoy_listener_address", address), isGauge);

    /// <summary>A counter whose prefix is no label.</summary>
    public static CounterKey Plain(string name, bool isGauge = false) => Of(name, "envoy_" + Flat(name), "", isGauge);

    private static CounterKey Of(string name, string metric, string labels, bool isGauge)
    {
        if (All.TryGetValue(name, out var known))
        {
            return known;
        }

        lock (Numbering)
        {
            return All.GetOrAdd(name, _ => new CounterKey(name, metric, labels, isGauge, _count++));
        }
    }

    private static string Label(string name, string value) =>
        $"{name}=\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static string Flat(string name) =>
        string.Concat(name.Select(static character => char.IsAsciiLetterOrDigit(character) || character == ':' ? character : '_'));
}
