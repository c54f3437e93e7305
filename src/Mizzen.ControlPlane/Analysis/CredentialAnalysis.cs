using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Analysis;

/// <summary>Certificates of Gateways: Secrets that are not there or hold none, and one certificate in several Gateways.</summary>
internal static class CredentialAnalysis
{
    public static IEnumerable<Problem> Of(AnalysisInput input)
    {
        foreach (var (gateway, index, name) in References(input))
        {
            var key = AnalysisInput.KeyOf(gateway);
            var path = $"spec.servers[{index}].tls.credentialName";
            var found = Namespaces(gateway, input).Select(ns => input.Find("Secret", ns, name)).OfType<JsonObject>().ToList();
            if (found.Count == 0)
            {
                var home = Namespaces(gateway, input).First();
                yield return new Problem(IstioCodes.ReferencedResourceNotFound, key, path, $"Referenced credentialName not found: \"{name}\"", $"create it where the gateway's pods are: kubectl create -n {home} secret tls {name} --key=… --cert=…");
            }
            else if (found.Select(Complaint).FirstOrDefault(text => text is not null) is { } complaint)
            {
                yield return new Problem(
                    IstioCodes.InvalidGatewayCredential, key, path, $"The credential referenced by the Gateway {key.Name} in namespace {key.Namespace} is invalid, which can cause the traffic not to work as expected.", $"the Secret {name} {complaint}");
            }
        }
    }

    /// <summary>Browsers use one HTTP/2 connection for all hosts of a certificate: at the other Gateway they would find nothing.</summary>
    public static IEnumerable<Problem> Duplicates(AnalysisInput input)
    {
        var byCertificate = References(input)
            .Where(reference => reference.Gateway.At("spec", "servers").Objects().ElementAt(reference.Index).Text("tls", "mode") is "SIMPLE" or "MUTUAL" or "OPTIONAL_MUTUAL")
            .GroupBy(reference => (reference.Name, Selector: reference.Gateway.At("spec", "selector")?.ToJsonString()))
            .Select(group => group.Select(reference => AnalysisInput.KeyOf(reference.Gateway)).Distinct().ToList())
            .Where(gateways => gateways.Count > 1);
        foreach (var gateways in byCertificate)
        {
            var names = string.Join(" ", gateways.Select(gateway => $"{gateway.Namespace}/{gateway.Name}"));
            foreach (var gateway in gateways)
            {
                yield return new Problem(
                    IstioCodes.GatewayDuplicateCertificate, gateway, "spec.servers", $"Duplicate certificate in multiple gateways [{names}] may cause 404s if clients re-use HTTP2 connections.", "put the hosts into one Gateway, or give each a certificate of its own");
            }
        }
    }

    private static IEnumerable<(JsonObject Gateway, int Index, string Name)> References(AnalysisInput input) => input.Of("Gateway", "istio.io")
        .SelectMany(gateway => gateway.At("spec", "servers").Objects()
            .SelectMany((server, index) => (string[])[server.Text("tls", "credentialName"), .. server.At("tls", "credentialNames").Texts()], (server, name) => (server, name))
            .Select(entry => (gateway, gateway.At("spec", "servers").Objects().ToList().IndexOf(entry.server), entry.name)))
        .Where(reference => reference.name.Length > 0 && !reference.name.Contains("://", StringComparison.Ordinal));

    /// <summary>Where the gateway's pods are; the Gateway's own namespace while there are none.</summary>
    private static IEnumerable<string> Namespaces(JsonObject gateway, AnalysisInput input)
    {
        var selector = gateway.At("spec", "selector").TextMap();
        return input.Pods.Where(pod => Labels.Include(pod.Labels, selector)).Select(pod => pod.Namespace).Distinct().DefaultIfEmpty(gateway.Text("metadata", "namespace"));
    }

    private static string? Complaint(JsonObject secret)
    {
        var data = secret.At("data").TextMap();
        var certificate = data.GetValueOrDefault("tls.crt") ?? data.GetValueOrDefault("cert");
        if (certificate is null || (data.GetValueOrDefault("tls.key") ?? data.GetValueOrDefault("key")) is null)
        {
            return "has no tls.crt and tls.key";
        }

        try
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(Encoding.UTF8.GetString(Convert.FromBase64String(certificate)));
            return chain.Count > 0 ? null : "holds no certificate in tls.crt";
        }
        catch (Exception error) when (error is CryptographicException or FormatException)
        {
            return $"holds something else in tls.crt: {error.Message}";
        }
    }
}
