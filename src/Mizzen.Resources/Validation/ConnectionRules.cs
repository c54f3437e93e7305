using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;

namespace Mizzen.Resources.Validation;

/// <summary>Istio's rules for the parts of traffic policies that are read as they are: tunnels, retry budgets, keep-alive of HTTP/2.</summary>
internal static class ConnectionRules
{
    /// <summary>The policies of a DestinationRule, of its ports and subsets.</summary>
    public static void Check(JsonNode? spec, Findings findings)
    {
        CheckPolicy(spec.At("trafficPolicy"), "spec.trafficPolicy", findings);
        var subsets = spec.At("subsets").Objects().ToList();
        for (var i = 0; i < subsets.Count; i++)
        {
            CheckPolicy(subsets[i]["trafficPolicy"], $"spec.subsets[{i}].trafficPolicy", findings);
        }
    }

    private static void CheckPolicy(JsonNode? policy, string path, Findings findings)
    {
        CheckKeepAlive(policy, path, findings);
        var ports = policy.At("portLevelSettings").Objects().ToList();
        for (var i = 0; i < ports.Count; i++)
        {
            CheckKeepAlive(ports[i], $"{path}.portLevelSettings[{i}]", findings);
        }

        CheckTunnel(policy.At("tunnel") as JsonObject, path + ".tunnel", findings);
        if (policy.At("retryBudget", "percent") is { } percent)
        {
            findings.Percent(path + ".retryBudget.percent", double.TryParse(percent.ToString(), System.Globalization.CultureInfo.InvariantCulture, out var value) ? value : -1);
        }
    }

    private static void CheckKeepAlive(JsonNode? policy, string path, Findings findings)
    {
        if (policy.At("connectionPool", "http", "http2KeepAlive") is JsonObject keepAlive && (keepAlive["interval"] is null || keepAlive["timeout"] is null))
        {
            findings.Error(path + ".connectionPool.http.http2KeepAlive", "needs both interval and timeout", "give both");
        }
    }

    private static void CheckTunnel(JsonObject? tunnel, string path, Findings findings)
    {
        if (tunnel is null)
        {
            return;
        }

        if (tunnel.Text("protocol") is not ("" or "CONNECT" or "POST"))
        {
            findings.Error(path + ".protocol", $"'{tunnel.Text("protocol")}' is no way to tunnel", "give CONNECT or POST");
        }

        findings.Host(path + ".targetHost", tunnel.Text("targetHost"), wildcardAllowed: false);
        findings.Port(path + ".targetPort", tunnel.Number("targetPort"), isRequired: true);
    }
}
