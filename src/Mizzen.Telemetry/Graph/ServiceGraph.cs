using Mizzen.Telemetry.Intake;

namespace Mizzen.Telemetry.Graph;

/// <summary>
/// Who calls whom, from Istio's standard metrics (<c>istio_requests_total</c>, <c>istio_request_duration_milliseconds</c>,
/// <c>istio_tcp_connections_opened_total</c>). A call between two proxies is reported by both ends; the caller's report counts,
/// because only it sees requests that never arrived. The callee's report is used where the caller has no proxy.
/// </summary>
/// <param name="Edges">The calls, ordered by caller, then callee.</param>
/// <param name="Window">The time that the edges' numbers cover; zero when they count from each proxy's start.</param>
public sealed record ServiceGraph(IReadOnlyList<GraphEdge> Edges, TimeSpan Window)
{
    /// <summary>Every caller and callee, once.</summary>
    public IReadOnlyList<GraphNode> Nodes =>
        [.. Edges.SelectMany(edge => new[] { edge.Source, edge.Destination }).Distinct()];

    /// <summary>True for the metrics that a graph is made of; other lines of a scrape need not be kept.</summary>
    public static bool IsWanted(string metric) => metric is RequestsTotal or DurationSum or ConnectionsTotal;

    /// <summary>The graph since the proxies started.</summary>
    public static ServiceGraph FromTotals(IEnumerable<MetricSample> samples) =>
        Build(Accumulate(samples), before: [], TimeSpan.Zero);

    /// <summary>The graph between two scrapes that lie <paramref name="window"/> apart.</summary>
    public static ServiceGraph Between(IEnumerable<MetricSample> earlier, IEnumerable<MetricSample> later, TimeSpan window) =>
        Build(Accumulate(later), Accumulate(earlier), window);

    private const string RequestsTotal = "istio_requests_total";
    private const string DurationSum = "istio_request_duration_milliseconds_sum";
    private const string ConnectionsTotal = "istio_tcp_connections_opened_total";

    private static ServiceGraph Build(Dictionary<EdgeKey, Tally> now, Dictionary<EdgeKey, Tally> before, TimeSpan window)
    {
        var edges = new List<GraphEdge>();
        foreach (var (key, tally) in now)
        {
            var delta = before.TryGetValue(key, out var old) ? tally.Since(old) : tally;
            if (delta.Requests <= 0 && window > TimeSpan.Zero)
            {
                continue;
            }

            var rate = window > TimeSpan.Zero ? delta.Requests / window.TotalSeconds : 0;
            var mean = delta.Requests > 0 ? delta.Milliseconds / delta.Requests : 0;
            edges.Add(new GraphEdge(key.Source, key.Destination, key.Protocol, delta.Requests, delta.Failures, rate, mean));
        }

        return new ServiceGraph(
            [.. edges.OrderBy(e => e.Source.ToString(), StringComparer.Ordinal).ThenBy(e => e.Destination.ToString(), StringComparer.Ordinal)],
            window);
    }

    private static Dictionary<EdgeKey, Tally> Accumulate(IEnumerable<MetricSample> samples)
    {
        var tallies = new Dictionary<EdgeKey, Tally>();
        foreach (var sample in samples)
        {
            if (IsWanted(sample.Name) && Counts(sample))
            {
                var key = new EdgeKey(SourceOf(sample), DestinationOf(sample), sample.Label("request_protocol"));
                tallies[key] = tallies.GetValueOrDefault(key).Plus(sample);
            }
        }

        return tallies;
    }

    private static bool Counts(MetricSample sample) =>
        sample.Label("reporter") == "source" || IsUnknown(sample.Label("source_workload"));

    private static GraphNode SourceOf(MetricSample sample) =>
        IsUnknown(sample.Label("source_workload"))
            ? GraphNode.Unknown
            : new GraphNode(
                sample.Label("source_workload_namespace"),
                sample.Label("source_workload"),
                sample.Label("source_canonical_revision"));

    private static GraphNode DestinationOf(MetricSample sample) =>
        IsUnknown(sample.Label("destination_workload"))
            ? new GraphNode("", sample.Label("destination_service_name"), "")
            : new GraphNode(
                sample.Label("destination_workload_namespace"),
                sample.Label("destination_workload"),
                sample.Label("destination_canonical_revision"));

    private static bool IsUnknown(string label) => label is "" or "unknown";

    private readonly record struct EdgeKey(GraphNode Source, GraphNode Destination, string Protocol);

    private readonly record struct Tally(double Requests, double Failures, double Milliseconds)
    {
        public Tally Plus(MetricSample sample) => sample.Name switch
        {
            DurationSum => this with { Milliseconds = Milliseconds + sample.Value },
            ConnectionsTotal => this with { Requests = Requests + sample.Value },
            _ => this with
            {
                Requests = Requests + sample.Value,
                Failures = Failures + (IsFailure(sample.Label("response_code")) ? sample.Value : 0),
            },
        };

        // A counter that went down belongs to a proxy that started again: everything it counted is new.
        public Tally Since(Tally old) =>
            Requests < old.Requests
                ? this
                : new Tally(Requests - old.Requests, Failures - old.Failures, Milliseconds - old.Milliseconds);

        private static bool IsFailure(string code) => code is "0" or "" || code[0] == '5';
    }
}
