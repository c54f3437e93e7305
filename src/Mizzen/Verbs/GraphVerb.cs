using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Mizzen.Api;
using Mizzen.Telemetry.Graph;
using Mizzen.Telemetry.Intake;

namespace Mizzen.Verbs;

/// <summary><c>mizzen graph</c>: who calls whom, from the proxies' own metrics, read through the API server's pod proxy.</summary>
internal static class GraphVerb
{
    private const int ProxyMetricsPort = 15090;

    public static Command Create()
    {
        var name = ClusterOptions.Name();
        var kubeconfig = ClusterOptions.Kubeconfig();
        var format = new Option<string>("--output", "-o") { Description = "text, dot or json.", DefaultValueFactory = _ => "text" }
            .AcceptOnlyFromAmong("text", "dot", "json");
        var window = new Option<double>("--window")
        {
            Description = "Watch for so many seconds and show rates; 0 shows totals since each proxy started.",
            HelpName = "SECONDS",
            DefaultValueFactory = _ => 0,
        };
        var command = new Command("graph", "Show who calls whom, how often and how well") { format, window, name, kubeconfig };
        command.SetAction(async (result, cancellationToken) =>
        {
            var api = ClusterConnection.Open(result.GetValue(kubeconfig), result.GetValue(name));
            var graph = await ObserveAsync(api, TimeSpan.FromSeconds(result.GetValue(window)), cancellationToken);
            Console.Write(result.GetValue(format) switch
            {
                "dot" => GraphFormats.ToDot(graph),
                "json" => GraphFormats.ToJson(graph),
                _ => GraphFormats.ToText(graph),
            });
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<ServiceGraph> ObserveAsync(KubernetesApi api, TimeSpan window, CancellationToken cancellationToken)
    {
        var first = await ScrapeAsync(api, cancellationToken);
        if (window <= TimeSpan.Zero)
        {
            return ServiceGraph.FromTotals(first);
        }

        var clock = TimeProvider.System;
        var start = clock.GetTimestamp();
        await Task.Delay(window, clock, cancellationToken);
        var second = await ScrapeAsync(api, cancellationToken);
        return ServiceGraph.Between(first, second, clock.GetElapsedTime(start));
    }

    private static async Task<IReadOnlyList<MetricSample>> ScrapeAsync(KubernetesApi api, CancellationToken cancellationToken)
    {
        var pods = await api.GetAsync("/api/v1/pods", cancellationToken);
        var proxies = (pods["items"] as JsonArray ?? []).OfType<JsonObject>().Where(HasRunningProxy);
        var scrapes = await Task.WhenAll(proxies.Select(pod => ScrapeOneAsync(api, pod, cancellationToken)));
        return [.. scrapes.SelectMany(samples => samples)];
    }

    private static bool HasRunningProxy(JsonObject pod) =>
        (pod["status"]?["containerStatuses"] as JsonArray ?? []).OfType<JsonObject>().Any(
            status => (string?)status["name"] == "istio-proxy" && status["state"]?["running"] is not null);

    private static async Task<IReadOnlyList<MetricSample>> ScrapeOneAsync(KubernetesApi api, JsonObject pod, CancellationToken cancellationToken)
    {
        var ns = (string)pod["metadata"]!["namespace"]!;
        var name = (string)pod["metadata"]!["name"]!;
        var path = string.Create(
            CultureInfo.InvariantCulture, $"/api/v1/namespaces/{ns}/pods/{name}:{ProxyMetricsPort}/proxy/stats/prometheus");
        using var response = await api.Http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            await Console.Error.WriteLineAsync($"mizzen: the proxy of {ns}/{name} does not tell its metrics ({(int)response.StatusCode}); it is left out");
            return [];
        }

        return PrometheusText.Parse(await response.Content.ReadAsStringAsync(cancellationToken), ServiceGraph.IsWanted);
    }
}
