using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;

namespace Mizzen.Resources.Validation;

/// <summary>Istio's rules for Telemetry.</summary>
internal static class TelemetryRules
{
    private static readonly string[] TagSources = ["literal", "environment", "header", "formatter"];

    public static void Check(JsonNode? spec, Findings findings)
    {
        SelectorRules.Check(spec, findings);
        foreach (var list in new[] { "tracing", "metrics", "accessLogging" })
        {
            var items = spec.At(list).Objects().ToList();
            for (var i = 0; i < items.Count; i++)
            {
                CheckProviders(items[i], $"spec.{list}[{i}]", findings);
            }
        }

        CheckTracing(spec.At("tracing").Objects().ToList(), findings);
        CheckOverrides(spec.At("metrics").Objects().ToList(), findings);
    }

    private static void CheckProviders(JsonObject item, string path, Findings findings)
    {
        var providers = item["providers"].Objects().ToList();
        for (var i = 0; i < providers.Count; i++)
        {
            if (providers[i].Text("name").Length == 0)
            {
                findings.Error($"{path}.providers[{i}].name", "is missing", "name one of meshConfig.extensionProviders");
            }
        }
    }

    private static void CheckTracing(List<JsonObject> items, Findings findings)
    {
        if (items.Count > 1)
        {
            findings.Warn("spec.tracing", "has several entries, and only the first counts", "join them");
        }

        for (var i = 0; i < items.Count; i++)
        {
            var path = $"spec.tracing[{i}]";
            if (items[i]["providers"] is JsonArray { Count: > 1 })
            {
                findings.Warn(path + ".providers", "has several providers, and only the first counts", "keep one");
            }

            if (items[i].Text("randomSamplingPercentage") is { Length: > 0 } text)
            {
                var isNumber = double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var percent);
                findings.Percent(path + ".randomSamplingPercentage", isNumber ? percent : -1);
            }

            foreach (var (name, tag) in items[i]["customTags"] as JsonObject ?? [])
            {
                CheckTag(name, tag, $"{path}.customTags.{name}", findings);
            }
        }
    }

    private static void CheckTag(string name, JsonNode? tag, string path, Findings findings)
    {
        var sources = TagSources.Where(source => tag.At(source) is not null).ToList();
        if (name.Length == 0 || sources.Count != 1)
        {
            findings.Error(path, sources.Count > 1 ? "has several sources" : "has no source", "give one of literal, environment, header and formatter");
        }
        else if (tag.Text(sources[0], sources[0] is "environment" or "header" ? "name" : "value").Length == 0)
        {
            findings.Error($"{path}.{sources[0]}", "is empty", "give its value or name");
        }
    }

    private static void CheckOverrides(List<JsonObject> metrics, Findings findings)
    {
        for (var i = 0; i < metrics.Count; i++)
        {
            findings.Duration($"spec.metrics[{i}].reportingInterval", metrics[i]["reportingInterval"]?.ToString());
            var overrides = metrics[i]["overrides"].Objects().ToList();
            for (var o = 0; o < overrides.Count; o++)
            {
                foreach (var (tag, change) in overrides[o]["tagOverrides"] as JsonObject ?? [])
                {
                    CheckChange(change, $"spec.metrics[{i}].overrides[{o}].tagOverrides.{tag}", findings);
                }
            }
        }
    }

    private static void CheckChange(JsonNode? change, string path, Findings findings)
    {
        var hasValue = change.Text("value").Length > 0;
        if (change.Text("operation") is "REMOVE" && hasValue)
        {
            findings.Error(path + ".value", "cannot be together with operation REMOVE", "remove it");
        }
        else if (change.Text("operation") is "" or "UPSERT" && !hasValue)
        {
            findings.Error(path + ".value", "is missing: UPSERT writes a value", "give an expression, for example request.host");
        }
    }
}
