using System.Text;
using System.Text.Json.Nodes;
using Mizzen.Cluster.ApiServer.Objects;
using Mizzen.Cluster.Expressions;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.ApiServer.Strategies;

/// <summary>Secrets: <c>stringData</c> is a way to write <c>data</c> and is never read back.</summary>
internal sealed class SecretStrategy : KindStrategy
{
    public override void ApplyDefaults(JsonObject node)
    {
        foreach (var (key, value) in node.Child("stringData") ?? [])
        {
            node.Ensure("data")[key] = Convert.ToBase64String(Encoding.UTF8.GetBytes(value?.ToString() ?? ""));
        }

        node.Remove("stringData");
        if (string.IsNullOrEmpty(node.Text("type")))
        {
            node["type"] = "Opaque";
        }
    }

    public override void Validate(JsonObject node, JsonObject? old, List<FieldError> errors)
    {
        if (old is not null && old.Text("type") != node.Text("type"))
        {
            errors.Add(new FieldError("type", FieldErrorKind.Invalid, $"Invalid value: \"{node.Text("type")}\": field is immutable"));
        }
    }
}

/// <summary>Nodes register with their status.</summary>
internal sealed class NodeStrategy : KindStrategy
{
    public override bool KeepsStatusOnCreate => true;
}

/// <summary>Webhook configurations (Kubernetes' <c>admissionregistration/v1/defaults.go</c>).</summary>
internal sealed class WebhookStrategy(bool mutating, ExpressionLibrary expressions) : KindStrategy
{
    public override void ApplyDefaults(JsonObject node)
    {
        foreach (var webhook in node.Items("webhooks"))
        {
            webhook.Default("failurePolicy", "Fail");
            webhook.Default("matchPolicy", "Equivalent");
            webhook.Default("namespaceSelector", new JsonObject());
            webhook.Default("objectSelector", new JsonObject());
            webhook.Default("timeoutSeconds", 10);
            if (mutating)
            {
                webhook.Default("reinvocationPolicy", "Never");
            }

            webhook.Child("clientConfig").Child("service")?.Default("port", 443);
            foreach (var rule in webhook.Items("rules"))
            {
                rule.Default("scope", "*");
            }
        }
    }

    public override void Validate(JsonObject node, JsonObject? old, List<FieldError> errors)
    {
        var i = 0;
        foreach (var webhook in node.Items("webhooks"))
        {
            var path = $"webhooks[{i++}]";
            var client = webhook.Child("clientConfig");
            if ((client.Text("url") is null) == (client.Child("service") is null))
            {
                errors.Add(new FieldError($"{path}.clientConfig", FieldErrorKind.Required, "Required value: exactly one of url or service is required"));
            }

            if (webhook.Number("timeoutSeconds") is < 1 or > 30)
            {
                errors.Add(new FieldError(
                    $"{path}.timeoutSeconds", FieldErrorKind.Invalid, $"Invalid value: {webhook["timeoutSeconds"]}: the timeout value must be between 1 and 30 seconds"));
            }

            if (!webhook.Texts("admissionReviewVersions").Contains("v1"))
            {
                errors.Add(new FieldError($"{path}.admissionReviewVersions", FieldErrorKind.Invalid, "Invalid value: must include at least one of v1"));
            }

            CheckConditions(webhook, $"{path}.matchConditions", errors);
        }
    }

    // One that could not be evaluated would let its webhook fail for ever.
    private void CheckConditions(JsonObject webhook, string path, List<FieldError> errors)
    {
        var i = 0;
        foreach (var condition in webhook.Items("matchConditions"))
        {
            var text = condition.Text("expression") ?? "";
            var expression = expressions.Read(text);
            var unknown = expression.Names.Contains("authorizer") ? "variable authorizer" : expression.Unavailable;
            if (expression.Problem is not null || unknown is not null)
            {
                errors.Add(new FieldError(
                    $"{path}[{i}].expression", FieldErrorKind.Invalid, $"Invalid value: \"{text}\": {(expression.Problem is { } problem ? $"compilation failed: {problem}" : $"not available here: {unknown}")}"));
            }

            i++;
        }
    }
}
