using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Analysis;

/// <summary>DestinationRules that encrypt without an authority to check the server's certificate against.</summary>
internal static class ServerVerificationAnalysis
{
    public static IEnumerable<Problem> Of(AnalysisInput input) => input.Of("DestinationRule").SelectMany(OfRule);

    private static IEnumerable<Problem> OfRule(JsonObject rule)
    {
        var key = AnalysisInput.KeyOf(rule);
        var host = rule.Text("spec", "host");
        if (IsUnverified(rule.At("spec", "trafficPolicy", "tls"), out var mode))
        {
            yield return new Problem(
                IstioCodes.NoServerCertificateVerificationDestinationLevel, key, "spec.trafficPolicy.tls", $"DestinationRule {key.Name} in namespace {key.Namespace} has TLS mode set to {mode} but no caCertificates are set to validate server identity for host: {host}", "give caCertificates or credentialName");
        }

        var ports = rule.At("spec", "trafficPolicy", "portLevelSettings").Objects().ToList();
        for (var i = 0; i < ports.Count; i++)
        {
            if (IsUnverified(ports[i]["tls"], out mode))
            {
                yield return new Problem(
                    IstioCodes.NoServerCertificateVerificationPortLevel, key, $"spec.trafficPolicy.portLevelSettings[{i}].tls", $"DestinationRule {key.Name} in namespace {key.Namespace} has TLS mode set to {mode} but no caCertificates are set to validate server identity for host: {host} at port {ports[i].Text("port", "number")}", "give caCertificates or credentialName");
            }
        }
    }

    private static bool IsUnverified(JsonNode? tls, out string mode)
    {
        mode = tls.Text("mode");
        return mode is "SIMPLE" or "MUTUAL" && tls.Text("caCertificates").Length == 0 && tls.Text("credentialName").Length == 0 && tls.Text("insecureSkipVerify") != "true";
    }
}
