using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Mizzen.Clusters;
using Mizzen.Terminal;

namespace Mizzen.Verbs;

/// <summary><c>mizzen status</c>: the local clusters, and what runs in the chosen one.</summary>
internal static class StatusVerb
{
    public static Command Create()
    {
        var name = ClusterOptions.Name();
        var command = new Command("status", "Show the local clusters and what runs in one") { name };
        command.SetAction(async (result, cancellationToken) =>
        {
            var clusters = RunningCluster.All().ToList();
            if (clusters.Count == 0)
            {
                Console.WriteLine("no cluster is running; start one with: mizzen up   or: mizzen demo");
                return ExitCode.Success;
            }

            Console.Write(TableText.Align([["NAME", "PHASE", "PROCESS", "UP", "API", "GATEWAY"], .. clusters.Select(Row)]));
            var chosen = clusters.FirstOrDefault(cluster => cluster.Name == result.GetValue(name));
            if (chosen is { Record.Phase: ClusterPhase.Ready })
            {
                await ShowPodsAsync(chosen, cancellationToken);
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static string[] Row(RunningCluster cluster) =>
    [
        cluster.Name.Value,
        cluster.Record.Phase.ToString().ToLowerInvariant(),
        cluster.Record.ProcessId.ToString(CultureInfo.InvariantCulture),
        (TimeProvider.System.GetUtcNow() - cluster.Record.StartedAt).ToString("d\\.hh\\:mm\\:ss", CultureInfo.InvariantCulture),
        cluster.Record.ApiServer,
        cluster.Record.Gateway,
    ];

    private static async Task ShowPodsAsync(RunningCluster cluster, CancellationToken cancellationToken)
    {
        var api = ClusterConnection.Open(kubeconfig: null, cluster.Name);
        var list = await api.GetAsync("/api/v1/pods", cancellationToken);
        var pods = (list["items"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        var ready = pods.Count(IsReady);
        Console.WriteLine($"\n{ready} of {pods.Count} pods ready");
        if (pods.Count > 0)
        {
            Console.Write(TableText.Render(await api.GetTableAsync("/api/v1/pods", cancellationToken), wide: false, withNamespace: true));
        }
    }

    private static bool IsReady(JsonObject pod) =>
        (pod["status"]?["conditions"] as JsonArray ?? []).OfType<JsonObject>().Any(
            condition => (string?)condition["type"] == "Ready" && (string?)condition["status"] == "True");
}
