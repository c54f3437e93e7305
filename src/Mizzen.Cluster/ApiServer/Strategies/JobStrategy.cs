using System.Text.Json.Nodes;
using Mizzen.Cluster.ApiServer.Objects;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.ApiServer.Strategies;

/// <summary>Jobs: their pods are found by labels that the server makes up, so that no two jobs share any.</summary>
internal sealed class JobStrategy : KindStrategy
{
    private const string UidLabel = "batch.kubernetes.io/controller-uid";
    private const string NameLabel = "batch.kubernetes.io/job-name";

    public override void ApplyDefaults(JsonObject node)
    {
        var spec = node.Ensure("spec");
        if (spec["completions"] is null && spec["parallelism"] is null)
        {
            spec["completions"] = 1;
        }

        spec.Default("parallelism", 1);
        spec.Default("backoffLimit", 6);
        spec.Default("completionMode", "NonIndexed");
        spec.Default("suspend", false);
        spec.Default("podReplacementPolicy", "TerminatingOrFailed");
        if (spec.Child("template") is { } template)
        {
            PodDefaults.Apply(template.Ensure("spec"));
        }

        Label(node, spec);
    }

    public override void Validate(JsonObject node, JsonObject? old, List<FieldError> errors)
    {
        var spec = node.Ensure("spec");
        WorkloadStrategy.ValidateNumbers(spec, errors, "parallelism", "completions", "backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished");
        if (spec.Text("completionMode") == "Indexed")
        {
            errors.Add(new FieldError("spec.completionMode", FieldErrorKind.Forbidden, "Forbidden: jobs with indexes are not run here; use NonIndexed"));
        }

        if (spec.Child("template").Child("spec").Text("restartPolicy") is var policy && policy is not ("OnFailure" or "Never"))
        {
            errors.Add(new FieldError(
                "spec.template.spec.restartPolicy", FieldErrorKind.NotSupported, $"Unsupported value: \"{policy}\": supported values: \"OnFailure\", \"Never\""));
        }

        if (old?.Child("spec") is { } before)
        {
            foreach (var field in (string[])["selector", "template", "completions"])
            {
                if (!JsonNode.DeepEquals(before[field], spec[field]))
                {
                    errors.Add(new FieldError($"spec.{field}", FieldErrorKind.Invalid, $"Invalid value: {spec[field]?.ToJsonString() ?? "null"}: field is immutable"));
                }
            }
        }

        WorkloadStrategy.ValidateTemplate(spec, errors);
    }

    private static void Label(JsonObject node, JsonObject spec)
    {
        if (spec.IsTrue("manualSelector") || node.Metadata().Text("uid") is not { Length: > 0 } uid || node.Metadata().Text("name") is not { Length: > 0 } name)
        {
            return;
        }

        var labels = spec.Ensure("template").Ensure("metadata").Ensure("labels");
        labels.Default(UidLabel, uid);
        labels.Default(NameLabel, name);
        labels.Default("controller-uid", uid);
        labels.Default("job-name", name);
        spec.Default("selector", new JsonObject { ["matchLabels"] = new JsonObject { [UidLabel] = uid } });
    }
}
