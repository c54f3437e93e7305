using System.Text.Json.Nodes;
using Mizzen.Cluster.ApiServer.Objects;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.ApiServer.Strategies;

/// <summary>Deployments and ReplicaSets: a number of copies of a template, chosen by a selector that fits it and never changes.</summary>
internal sealed class WorkloadStrategy(bool rolling) : KindStrategy
{
    public override void ApplyDefaults(JsonObject node)
    {
        var spec = node.Ensure("spec");
        spec.Default("replicas", 1);
        if (spec.Child("template") is { } template)
        {
            PodDefaults.Apply(template.Ensure("spec"));
        }

        if (rolling)
        {
            ApplyRolloutDefaults(spec);
        }
    }

    /// <summary>Versions before apps/v1 chose what the template is labelled with when no selector was given.</summary>
    public static void SelectByTemplate(JsonObject node)
    {
        var spec = node.Ensure("spec");
        if (spec.Child("selector") is null && spec.Child("template").Child("metadata").Child("labels") is { } labels)
        {
            spec["selector"] = new JsonObject { ["matchLabels"] = labels.DeepClone() };
        }
    }

    public override void Validate(JsonObject node, JsonObject? old, List<FieldError> errors)
    {
        var spec = node.Ensure("spec");
        ValidateNumbers(spec, errors, "replicas", "minReadySeconds");
        ValidateSelector(spec, old, errors);
        ValidateTemplate(spec, errors);
    }

    /// <summary>Refuses numbers below zero.</summary>
    public static void ValidateNumbers(JsonObject spec, List<FieldError> errors, params ReadOnlySpan<string> fields)
    {
        foreach (var field in fields)
        {
            if (spec.Number(field) < 0)
            {
                errors.Add(new FieldError($"spec.{field}", FieldErrorKind.Invalid, $"Invalid value: {spec[field]}: must be greater than or equal to 0"));
            }
        }
    }

    /// <summary>Refuses a selector that is not what it was.</summary>
    public static void ValidateSelector(JsonObject spec, JsonObject? old, List<FieldError> errors)
    {
        if (old?.Child("spec")?["selector"] is { } before && !JsonNode.DeepEquals(before, spec["selector"]))
        {
            errors.Add(new FieldError("spec.selector", FieldErrorKind.Invalid, $"Invalid value: {spec["selector"]?.ToJsonString()}: field is immutable"));
        }
    }

    /// <summary>Refuses a template that its own selector does not find, or that makes no valid pods.</summary>
    public static void ValidateTemplate(JsonObject spec, List<FieldError> errors)
    {
        if (spec.Child("selector") is not { } selector)
        {
            errors.Add(new FieldError("spec.selector", FieldErrorKind.Required, "Required value"));
            return;
        }

        if (spec.Child("template") is not { } template)
        {
            errors.Add(new FieldError("spec.template", FieldErrorKind.Required, "Required value"));
            return;
        }

        var labels = template.Child("metadata").Child("labels");
        if (selector.Count == 0)
        {
            errors.Add(new FieldError("spec.selector", FieldErrorKind.Invalid, "Invalid value: {}: empty selector is invalid for deployment"));
        }
        else if (!Selectors.LabelSelection.FromObject(selector).Matches(Selectors.LabelSelection.LabelsOf(labels)))
        {
            errors.Add(new FieldError(
                "spec.template.metadata.labels",
                FieldErrorKind.Invalid,
                $"Invalid value: {labels?.ToJsonString() ?? "null"}: `selector` does not match template `labels`"));
        }

        PodRules.Check(template.Ensure("spec"), "spec.template.spec", errors);
    }

    private static void ApplyRolloutDefaults(JsonObject spec)
    {
        spec.Default("revisionHistoryLimit", 10);
        spec.Default("progressDeadlineSeconds", 600);
        var strategy = spec.Ensure("strategy");
        strategy.Default("type", "RollingUpdate");
        if (strategy.Text("type") == "RollingUpdate")
        {
            var update = strategy.Ensure("rollingUpdate");
            update.Default("maxUnavailable", "25%");
            update.Default("maxSurge", "25%");
        }
    }
}
