using System.Text.Json.Nodes;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Analysis;

/// <summary>Telemetry objects that want the same pods, or name no provider.</summary>
internal static class TelemetryAnalysis
{
    public static IEnumerable<Problem> Providers(AnalysisInput input)
    {
        foreach (var telemetry in input.Of("Telemetry"))
        {
            var logging = telemetry.At("spec", "accessLogging").Objects().ToList();
            var isMissing = logging.Count > 0 && logging.Exists(item => item["providers"] is JsonArray { Count: 0 });
            if (isMissing)
            {
                yield return new Problem(
                    IstioCodes.InvalidTelemetryProvider, AnalysisInput.KeyOf(telemetry), "spec.accessLogging", $"The Telemetry {telemetry.Text("metadata", "name")} in namespace \"{telemetry.Text("metadata", "namespace")}\" with empty providers will be ignored.", "name a provider, or leave providers away");
            }
        }
    }

    public static IEnumerable<Problem> Selectors(AnalysisInput input) =>
        input.Of("Telemetry").GroupBy(item => item.Text("metadata", "namespace"), StringComparer.Ordinal)
            .SelectMany(group => General(group.Key, [.. group]).Concat(Selecting(group.Key, [.. group], input)));

    private static IEnumerable<Problem> General(string ns, List<JsonObject> items)
    {
        var general = items.Where(item => item.At("spec", "selector", "matchLabels") is not JsonObject { Count: > 0 } && item.At("spec", "targetRefs") is not JsonArray { Count: > 0 }).ToList();
        var names = string.Join(" ", general.Select(item => item.Text("metadata", "name")));
        return general.Count < 2 ? [] : general.Select(item => new Problem(
            IstioCodes.MultipleTelemetriesWithoutWorkloadSelectors, AnalysisInput.KeyOf(item), "spec.selector", $"The Telemetries [{names}] in namespace \"{ns}\" have no workload selector, which can lead to undefined behavior.", "join them: only the oldest counts"));
    }

    private static IEnumerable<Problem> Selecting(string ns, List<JsonObject> items, AnalysisInput input)
    {
        foreach (var pod in input.Pods.Where(pod => pod.Namespace == ns))
        {
            var selecting = items.Where(item => item.At("spec", "selector", "matchLabels") is JsonObject { Count: > 0 } labels && Labels.Include(pod.Labels, labels.TextMap())).ToList();
            var names = string.Join(" ", selecting.Select(item => item.Text("metadata", "name")));
            foreach (var item in selecting.Count < 2 ? [] : selecting)
            {
                yield return new Problem(
                    IstioCodes.ConflictingTelemetryWorkloadSelectors, AnalysisInput.KeyOf(item), "spec.selector", $"The Telemetries [{names}] in namespace \"{ns}\" select the same workload pod \"{pod}\", which can lead to undefined behavior.", "let each select other pods");
            }
        }
    }
}
