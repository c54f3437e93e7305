using System.Text.Json.Nodes;
using Mizzen.Cluster.ApiServer.Objects;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.ApiServer.Strategies;

/// <summary>Disruption budgets: one number, either of those that stay or of those that may go.</summary>
internal sealed class DisruptionBudgetStrategy : KindStrategy
{
    public override void Validate(JsonObject node, JsonObject? old, List<FieldError> errors)
    {
        var spec = node.Ensure("spec");
        if (spec["minAvailable"] is not null && spec["maxUnavailable"] is not null)
        {
            errors.Add(new FieldError("spec", FieldErrorKind.Invalid, $"Invalid value: {spec.ToJsonString()}: minAvailable and maxUnavailable cannot be both set"));
        }

        CheckAmount(spec, "minAvailable", errors);
        CheckAmount(spec, "maxUnavailable", errors);
    }

    private static void CheckAmount(JsonObject spec, string name, List<FieldError> errors)
    {
        var text = spec[name]?.ToString();
        if (text is null)
        {
            return;
        }

        var percent = text.EndsWith('%') ? text[..^1] : null;
        if (!int.TryParse(percent ?? text, out var amount) || (percent is null && spec.Text(name) is not null))
        {
            errors.Add(new FieldError(
                $"spec.{name}", FieldErrorKind.Invalid, $"Invalid value: \"{text}\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%')"));
        }
        else if (amount < 0)
        {
            errors.Add(new FieldError($"spec.{name}", FieldErrorKind.Invalid, $"Invalid value: {text}: must be greater than or equal to 0"));
        }
        else if (percent is not null && amount > 100)
        {
            errors.Add(new FieldError($"spec.{name}", FieldErrorKind.Invalid, $"Invalid value: \"{text}\": must not be greater than 100%"));
        }
    }
}
