using System.Text.Json.Nodes;
using Mizzen.Cluster.ApiServer.Objects;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.ApiServer.Strategies;

/// <summary>StatefulSets: numbered pods, of which little may change but their number and their template.</summary>
internal sealed class StatefulSetStrategy : KindStrategy
{
    // apps/validation, ValidateStatefulSetUpdate.
    private static readonly string[] Changeable =
        ["replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "persistentVolumeClaimRetentionPolicy", "minReadySeconds"];

    public override void ApplyDefaults(JsonObject node)
    {
        var spec = node.Ensure("spec");
        spec.Default("replicas", 1);
        spec.Default("podManagementPolicy", "OrderedReady");
        spec.Default("revisionHistoryLimit", 10);
        if (spec.Child("template") is { } template)
        {
            PodDefaults.Apply(template.Ensure("spec"));
        }

        var strategy = spec.Ensure("updateStrategy");
        strategy.Default("type", "RollingUpdate");
        if (strategy.Text("type") == "RollingUpdate")
        {
            strategy.Ensure("rollingUpdate").Default("partition", 0);
        }

        var retention = spec.Ensure("persistentVolumeClaimRetentionPolicy");
        retention.Default("whenDeleted", "Retain");
        retention.Default("whenScaled", "Retain");
    }

    public override void Validate(JsonObject node, JsonObject? old, List<FieldError> errors)
    {
        var spec = node.Ensure("spec");
        WorkloadStrategy.ValidateNumbers(spec, errors, "replicas", "minReadySeconds");
        WorkloadStrategy.ValidateTemplate(spec, errors);
        if (spec["volumeClaimTemplates"] is JsonArray { Count: > 0 })
        {
            errors.Add(new FieldError(
                "spec.volumeClaimTemplates", FieldErrorKind.Forbidden, "Forbidden: this cluster has no persistent volumes: use a volume of kind emptyDir or hostPath in spec.template"));
        }

        if (old?.Child("spec") is { } before && IsChanged(before, spec))
        {
            errors.Add(new FieldError(
                "spec", FieldErrorKind.Forbidden, "Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"));
        }

        if (spec.Child("template").Child("spec").Text("restartPolicy") is { } policy and not "Always")
        {
            errors.Add(new FieldError(
                "spec.template.spec.restartPolicy", FieldErrorKind.NotSupported, $"Unsupported value: \"{policy}\": supported values: \"Always\""));
        }
    }

    private static bool IsChanged(JsonObject before, JsonObject after) =>
        before.Select(field => field.Key).Union(after.Select(field => field.Key)).Except(Changeable).Any(field => !JsonNode.DeepEquals(before[field], after[field]));
}
