using System.Text.Json;
using Mizzen.Telemetry.Graph;
using Mizzen.Telemetry.Intake;

namespace Mizzen.Telemetry.Tests;

public sealed class ServiceGraphTests
{
    [Fact]
    public void The_callers_report_counts_and_the_callees_copy_of_it_does_not()
    {
        var graph = ServiceGraph.FromTotals(Scrape(
            Request("source", "frontend-prod", "middleware-prod", "200", 90),
            Request("source", "frontend-prod", "middleware-prod", "503", 10),
            Request("destination", "frontend-prod", "middleware-prod", "200", 90)));

        var edge = Assert.Single(graph.Edges);
        Assert.Equal("frontend-prod (prod)", edge.Source.ToString());
        Assert.Equal(100, edge.Requests);
        Assert.Equal(0.9, edge.SuccessRate, 6);
    }

    [Fact]
    public void The_callees_report_counts_when_the_caller_has_no_proxy()
    {
        var graph = ServiceGraph.FromTotals(Scrape(Request("destination", "unknown", "frontend-prod", "200", 3)));
        Assert.Equal(GraphNode.Unknown, Assert.Single(graph.Edges).Source);
    }

    [Fact]
    public void A_window_counts_what_happened_inside_it_and_survives_a_restarted_proxy()
    {
        var earlier = Scrape(Request("source", "a", "b", "200", 100), Request("source", "a", "c", "200", 500));
        var later = Scrape(Request("source", "a", "b", "200", 120), Request("source", "a", "c", "200", 40));

        var graph = ServiceGraph.Between(earlier, later, TimeSpan.FromSeconds(10));

        Assert.Equal([20d, 40d], graph.Edges.Select(edge => edge.Requests));
        Assert.Equal(2, graph.Edges[0].RatePerSecond);
    }

    [Fact]
    public void Edges_without_requests_in_the_window_are_left_out()
    {
        var same = Scrape(Request("source", "a", "b", "200", 100));
        var graph = ServiceGraph.Between(same, same, TimeSpan.FromSeconds(5));
        Assert.Empty(graph.Edges);
        Assert.Equal("no requests in the last 5 s\n", GraphFormats.ToText(graph));
    }

    [Fact]
    public void The_same_graph_is_told_as_a_table_as_dot_and_as_json()
    {
        var graph = ServiceGraph.FromTotals(Scrape(
            Request("source", "frontend-prod", "middleware-prod", "200", 4),
            """istio_request_duration_milliseconds_sum{reporter="source",source_workload="frontend-prod",source_workload_namespace="default",source_canonical_revision="prod",destination_workload="middleware-prod",destination_workload_namespace="default",destination_canonical_revision="prod",destination_service_name="middleware-prod",request_protocol="http",response_code="200"} 10"""));

        Assert.Contains("frontend-prod (prod)   middleware-prod (prod)   http       4          -      100.0", GraphFormats.ToText(graph), StringComparison.Ordinal);
        Assert.Contains("\"frontend-prod (prod)\" -> \"middleware-prod (prod)\"", GraphFormats.ToDot(graph), StringComparison.Ordinal);
        using var json = JsonDocument.Parse(GraphFormats.ToJson(graph));
        Assert.Equal(2.5, json.RootElement.GetProperty("edges")[0].GetProperty("meanMilliseconds").GetDouble());
    }

    private static IReadOnlyList<MetricSample> Scrape(params string[] lines) => PrometheusText.Parse(string.Join('\n', lines));

    private static string Request(string reporter, string source, string destination, string code, int count) =>
        $$"""istio_requests_total{reporter="{{reporter}}",source_workload="{{source}}",source_workload_namespace="default",source_canonical_revision="prod",destination_workload="{{destination}}",destination_workload_namespace="default",destination_canonical_revision="prod",destination_service_name="{{destination}}",request_protocol="http",response_code="{{code}}"} {{count}}""";
}
