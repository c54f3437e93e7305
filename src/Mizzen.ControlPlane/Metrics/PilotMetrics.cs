using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Mizzen.ControlPlane.Metrics;

/// <summary>The control plane's own figures under Istio's names, written as Prometheus text (exposition format 0.0.4).</summary>
internal sealed class PilotMetrics
{
    /// <summary>Seconds, as Istio's <c>pilot_proxy_convergence_time</c>.</summary>
    private static readonly double[] Bounds = [0.01, 0.1, 0.5, 1, 3, 5, 10, 20, 30];

    private readonly ConcurrentDictionary<(string Name, string Labels), long> _counters = new();
    private readonly ConcurrentDictionary<string, Func<long>> _gauges = new();
    private readonly long[] _convergence = new long[Bounds.Length + 1];
    private readonly Lock _lock = new();
    private double _convergenceSum;

    /// <summary>Adds one to a counter, with labels as Prometheus writes them: <c>type="cds"</c>.</summary>
    public void Count(string name, string labels = "") => _counters.AddOrUpdate((name, labels), 1, (_, count) => count + 1);

    /// <summary>The counter's value.</summary>
    public long Value(string name, string labels = "") => _counters.GetValueOrDefault((name, labels));

    /// <summary>Reads a value whenever the figures are asked for.</summary>
    public void Observe(string name, Func<long> value) => _gauges[name] = value;

    /// <summary>Seconds from a change to its having been sent to one proxy.</summary>
    public void Converged(TimeSpan time)
    {
        lock (_lock)
        {
            var bucket = Array.FindIndex(Bounds, bound => time.TotalSeconds <= bound);
            _convergence[bucket < 0 ? Bounds.Length : bucket]++;
            _convergenceSum += time.TotalSeconds;
        }
    }

    /// <summary>All figures.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        foreach (var (name, value) in _gauges.OrderBy(gauge => gauge.Key, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"# TYPE {name} gauge\n{name} {value()}\n");
        }

        foreach (var counter in _counters.GroupBy(counter => counter.Key.Name).OrderBy(counter => counter.Key, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"# TYPE {counter.Key} counter\n");
            foreach (var ((name, labels), value) in counter.OrderBy(series => series.Key.Labels, StringComparer.Ordinal))
            {
                text.Append(CultureInfo.InvariantCulture, $"{name}{(labels.Length == 0 ? "" : "{" + labels + "}")} {value}\n");
            }
        }

        AppendConvergence(text);
        return text.ToString();
    }

    private void AppendConvergence(StringBuilder text)
    {
        const string Name = "pilot_proxy_convergence_time";
        text.Append(CultureInfo.InvariantCulture, $"# TYPE {Name} histogram\n");
        lock (_lock)
        {
            long total = 0;
            for (var i = 0; i < Bounds.Length; i++)
            {
                total += _convergence[i];
                text.Append(CultureInfo.InvariantCulture, $"{Name}_bucket{{le=\"{Bounds[i]}\"}} {total}\n");
            }

            total += _convergence[^1];
            text.Append(CultureInfo.InvariantCulture, $"{Name}_bucket{{le=\"+Inf\"}} {total}\n{Name}_sum {_convergenceSum}\n{Name}_count {total}\n");
        }
    }
}
