using System.Text.Json.Nodes;
using Mizzen.Cluster.ApiServer.Objects;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.ApiServer.Strategies;

/// <summary>DaemonSets: like Deployments, but a pod goes before its successor comes, node by node.</summary>
internal sealed class DaemonSetStrategy : KindStrategy
{
    public override void ApplyDefaults(JsonObject node)
    {
        var spec = node.Ensure("spec");
        spec.Default("revisionHistoryLimit", 10);
        if (spec.Child("template") is { } template)
        {
            PodDefaults.Apply(template.Ensure("spec"));
        }

        var strategy = spec.Ensure("updateStrategy");
        strategy.Default("type", "RollingUpdate");
        if (strategy.Text("type") == "RollingUpdate")
        {
            var update = strategy.Ensure("rollingUpdate");
            update.Default("maxUnavailable", 1);
            update.Default("maxSurge", 0);
        }
    }

    public override void Validate(JsonObject node, JsonObject? old, List<FieldError> errors)
    {
        var spec = node.Ensure("spec");
        WorkloadStrategy.ValidateNumbers(spec, errors, "minReadySeconds");
        WorkloadStrategy.ValidateSelector(spec, old, errors);
        WorkloadStrategy.ValidateTemplate(spec, errors);
        if (spec.Child("updateStrategy").Child("rollingUpdate")?["maxSurge"]?.ToString() is not (null or "0" or "0%"))
        {
            errors.Add(new FieldError(
                "spec.updateStrategy.rollingUpdate.maxSurge", FieldErrorKind.Forbidden, "Forbidden: two pods of a DaemonSet on one node are not supported here; use maxUnavailable"));
        }

        if (spec.Child("template").Child("spec").Text("restartPolicy") is { } policy and not "Always")
        {
            errors.Add(new FieldError(
                "spec.template.spec.restartPolicy", FieldErrorKind.NotSupported, $"Unsupported value: \"{policy}\": supported values: \"Always\""));
        }
    }
}
