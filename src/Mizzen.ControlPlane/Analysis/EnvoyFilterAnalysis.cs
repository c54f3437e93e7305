using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Analysis;

/// <summary>EnvoyFilters whose patches depend on the order of others, or do nothing.</summary>
internal static class EnvoyFilterAnalysis
{
    private const string RelativeAdvice = "Using the INSERT_FIRST or ADD option or setting the priority may help in ensuring the EnvoyFilter is applied correctly.";

    public static IEnumerable<Problem> Of(AnalysisInput input)
    {
        foreach (var filter in input.Of("EnvoyFilter"))
        {
            var patches = filter.At("spec", "configPatches").Objects().ToList();
            var hasPriority = filter.Number("spec", "priority") is { } priority and not 0;
            for (var i = 0; i < patches.Count; i++)
            {
                foreach (var (code, text, fix) in Check(patches[i], hasPriority))
                {
                    yield return new Problem(code, AnalysisInput.KeyOf(filter), $"spec.configPatches[{i}].patch.operation", text, fix);
                }
            }
        }
    }

    private static IEnumerable<(string Code, string Text, string Fix)> Check(JsonObject patch, bool hasPriority)
    {
        var (operation, place) = (patch.Text("patch", "operation"), patch.Text("applyTo"));
        var isRelative = operation is "INSERT_BEFORE" or "INSERT_AFTER" or "REPLACE" or "MERGE" or "REMOVE";
        if (isRelative && !hasPriority && patch.Text("match", "proxy", "proxyVersion").Length > 0)
        {
            yield return (
                IstioCodes.EnvoyFilterUsesRelativeOperationWithProxyVersion,
                $"This EnvoyFilter does not have a priority and has a relative patch operation (INSERT_BEFORE/AFTER, REPLACE, MERGE, DELETE) and proxyVersion set which can cause the EnvoyFilter not to be applied during an upgrade. {RelativeAdvice}",
                "set spec.priority, or leave proxyVersion away");
        }
        else if (isRelative && !hasPriority)
        {
            yield return (
                IstioCodes.EnvoyFilterUsesRelativeOperation,
                $"This EnvoyFilter does not have a priority and has a relative patch operation set which can cause the EnvoyFilter not to be applied. {RelativeAdvice}",
                "set spec.priority");
        }

        if (operation == "REPLACE" && place is not ("HTTP_FILTER" or "NETWORK_FILTER"))
        {
            yield return (IstioCodes.EnvoyFilterUsesReplaceOperationIncorrectly, "The REPLACE operation is only valid for HTTP_FILTER and NETWORK_FILTER.", "use MERGE");
        }

        if (operation == "ADD" && place is "ROUTE_CONFIGURATION" or "HTTP_ROUTE")
        {
            yield return (IstioCodes.EnvoyFilterUsesAddOperationIncorrectly, "The ADD operation will be ignored when applyTo is set to ROUTE_CONFIGURATION, or HTTP_ROUTE.", "use MERGE, or INSERT_FIRST for routes");
        }

        if (operation == "REMOVE" && place is "ROUTE_CONFIGURATION" or "HTTP_ROUTE")
        {
            yield return (IstioCodes.EnvoyFilterUsesRemoveOperationIncorrectly, "The REMOVE operation will be ignored when applyTo is set to ROUTE_CONFIGURATION, or HTTP_ROUTE.", "use MERGE");
        }
    }
}
