using System.Text.Json.Nodes;
using Mizzen.Cluster.Expressions;

namespace Mizzen.Cluster.ApiServer.Admission;

/// <summary>The conditions in CEL under which a webhook wants to be asked (<c>matchConditions</c>): all must hold.</summary>
internal sealed class MatchConditions(ExpressionLibrary expressions)
{
    /// <summary>Whether the webhook wants to be asked.</summary>
    /// <exception cref="StatusException">A condition has no value, and the webhook's failure policy is Fail.</exception>
    public bool Hold(ConfiguredWebhook webhook, string version, AdmissionAttributes attributes, JsonObject? node, JsonObject? old)
    {
        if (webhook.Webhook.MatchConditions is not { Count: > 0 } conditions)
        {
            return true;
        }

        var variables = Variables(attributes.ToReview("", version, node, old)["request"]!.AsObject());
        EvaluationException? failed = null;
        foreach (var condition in conditions)
        {
            try
            {
                if (!expressions.Read(condition.Expression).IsTrue(variables))
                {
                    return false;
                }
            }
            catch (EvaluationException error)
            {
                failed ??= error;
            }
        }

        return failed is null || (webhook.IgnoresFailure
            ? false
            : throw Errors.Forbidden(attributes.Kind, attributes.Name, $"matchConditions of webhook \"{webhook.Name}\": {failed.Message}"));
    }

    private static Dictionary<string, object?> Variables(JsonObject request)
    {
        var variables = new Dictionary<string, object?>
        {
            ["object"] = ExpressionValue.Of(request["object"]),
            ["oldObject"] = ExpressionValue.Of(request["oldObject"]),
        };
        request.Remove("object");
        request.Remove("oldObject");
        variables["request"] = ExpressionValue.Of(request);
        return variables;
    }
}
