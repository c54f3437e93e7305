using System.Net;
using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Analysis;

/// <summary>Webhooks of the mesh that call somebody who is not there.</summary>
internal static class WebhookAnalysis
{
    public static IEnumerable<Problem> Of(AnalysisInput input)
    {
        foreach (var (configuration, index, webhook) in Webhooks(input))
        {
            var (ns, name) = (webhook.Text("clientConfig", "service", "namespace"), webhook.Text("clientConfig", "service", "name"));
            if (name.Length > 0 && input.Find("Service", ns, name) is null)
            {
                yield return new Problem(
                    IstioCodes.InvalidWebhook, AnalysisInput.KeyOf(configuration), $"webhooks[{index}].clientConfig.service", $"Injector refers to a control plane service that does not exist: {name}.{ns}.", "install the control plane, or delete the configuration: pods or objects are refused until then");
            }
        }
    }

    /// <summary>Webhooks that are called by URL: a control plane outside of the cluster.</summary>
    public static IEnumerable<Problem> External(AnalysisInput input)
    {
        foreach (var (configuration, index, webhook) in Webhooks(input).Where(entry => entry.Webhook.At("clientConfig", "url") is not null))
        {
            var text = webhook.Text("clientConfig", "url");
            var key = AnalysisInput.KeyOf(configuration);
            var path = $"webhooks[{index}].clientConfig.url";
            if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Host.Length == 0)
            {
                yield return new Problem(
                    IstioCodes.InvalidExternalControlPlaneConfig, key, path, $"The hostname ({text}) that was provided for the webhook ({webhook.Text("name")}) to reach the ingress gateway on the external control plane cluster is blank. Traffic may not flow properly.", "give the URL of the external control plane");
            }
            else if (IPAddress.TryParse(url.Host, out _))
            {
                yield return new Problem(
                    IstioCodes.ExternalControlPlaneAddressIsNotAHostname, key, path, $"The address ({url.Host}) that was provided for the webhook ({webhook.Text("name")}) to reach the ingress gateway on the external control plane cluster is an IP address. This is not recommended for a production environment.", "use a host name, which can be moved");
            }
        }
    }

    private static IEnumerable<(JsonObject Configuration, int Index, JsonObject Webhook)> Webhooks(AnalysisInput input) =>
        input.Of("MutatingWebhookConfiguration").Concat(input.Of("ValidatingWebhookConfiguration"))
            .Where(configuration => configuration.Text("metadata", "name").StartsWith("istio", StringComparison.Ordinal))
            .SelectMany(configuration => configuration["webhooks"].Objects().Select((webhook, index) => (configuration, index, webhook)));
}
