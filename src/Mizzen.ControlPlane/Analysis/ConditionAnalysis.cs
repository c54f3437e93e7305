using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Analysis;

/// <summary>Objects of the mesh whose status conditions say that something is wrong.</summary>
internal static class ConditionAnalysis
{
    private static readonly string[] Groups = ["istio.io", "gateway.networking.k8s.io"];

    public static IEnumerable<Problem> Of(AnalysisInput input) =>
        input.Objects.Where(item => Groups.Any(group => AnalysisInput.GroupOf(item).EndsWith(group, StringComparison.Ordinal))).SelectMany(OfObject);

    private static IEnumerable<Problem> OfObject(JsonObject item)
    {
        var own = item.At("status", "conditions").Objects();
        var parents = item.At("status", "parents").Objects().SelectMany(parent => parent["conditions"].Objects());
        foreach (var condition in own.Concat(parents).Where(condition => IsNegative(item, condition)))
        {
            yield return new Problem(
                IstioCodes.NegativeConditionStatus, AnalysisInput.KeyOf(item), "status.conditions", $"Negative status condition: {condition.Text("type")}={condition.Text("status")} ({condition.Text("reason")}: {condition.Text("message")})", "the message tells what to do");
        }
    }

    // A condition about an older generation tells nothing about this one.
    private static bool IsNegative(JsonObject item, JsonObject condition) =>
        condition.Text("status") == (condition.Text("type") is "Conflicted" or "OverlappingTLSConfig" or "PartiallyInvalid" ? "True" : "False")
        && (condition.Number("observedGeneration") is not { } observed || item.Number("metadata", "generation") is not { } generation || observed == generation);
}
