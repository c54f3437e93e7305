using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;

namespace Mizzen.Resources.Validation;

/// <summary>Istio's rules for the parts of traffic policies that are read as they are: locality, warm-up, tunnels, hashing, keep-alive.</summary>
internal static class LocalityRules
{
    private static readonly string[] FailoverFields = ["from", "to"];
    private static readonly string[] SettingFields = ["distribute", "failover", "failoverPriority"];
    private const int FullWeight = 100;

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
        CheckBlocks(policy, path, findings);
        var ports = policy.At("portLevelSettings").Objects().ToList();
        for (var i = 0; i < ports.Count; i++)
        {
            CheckBlocks(ports[i], $"{path}.portLevelSettings[{i}]", findings);
        }

        CheckTunnel(policy.At("tunnel") as JsonObject, path + ".tunnel", findings);
        if (policy.At("retryBudget", "percent") is { } percent)
        {
            findings.Percent(path + ".retryBudget.percent", double.TryParse(percent.ToString(), System.Globalization.CultureInfo.InvariantCulture, out var value) ? value : -1);
        }
    }

    private static void CheckBlocks(JsonNode? policy, string path, Findings findings)
    {
        var balancer = policy.At("loadBalancer");
        CheckSetting(balancer.At("localityLbSetting"), path + ".loadBalancer.localityLbSetting", findings);
        if (balancer.At("localityLbSetting") is not null && balancer.At("zoneAwareLbSetting") is not null)
        {
            findings.Error(path + ".loadBalancer.zoneAwareLbSetting", "cannot be together with localityLbSetting", "keep one of them");
        }

        CheckWarmup(balancer.At("warmup"), balancer.Text("simple"), path + ".loadBalancer.warmup", findings);
        CheckHash(balancer.At("consistentHash"), path + ".loadBalancer.consistentHash", findings);
        if (policy.At("connectionPool", "http", "http2KeepAlive") is JsonObject keepAlive && (keepAlive["interval"] is null || keepAlive["timeout"] is null))
        {
            findings.Error(path + ".connectionPool.http.http2KeepAlive", "needs both interval and timeout", "give both");
        }
    }

    private static void CheckSetting(JsonNode? setting, string path, Findings findings)
    {
        var given = SettingFields.Where(field => setting.At(field) is JsonArray { Count: > 0 }).ToList();
        if (given.Contains("distribute") && given.Count > 1)
        {
            findings.Error($"{path}.{given[1]}", "cannot be together with distribute", "keep one of them");
        }

        var sources = new List<string>();
        var distribute = setting.At("distribute").Objects().ToList();
        for (var i = 0; i < distribute.Count; i++)
        {
            CheckDistribution(distribute[i], $"{path}.distribute[{i}]", sources, findings);
        }

        var failover = setting.At("failover").Objects().ToList();
        for (var i = 0; i < failover.Count; i++)
        {
            CheckFailover(failover[i], $"{path}.failover[{i}]", findings);
        }
    }

    private static void CheckDistribution(JsonObject entry, string path, List<string> sources, Findings findings)
    {
        var from = entry.Text("from");
        if (from.Length == 0)
        {
            findings.Error(path + ".from", "is missing", "name the locality of the clients, like region/zone/*");
        }
        else if (sources.FirstOrDefault(other => Overlap(other, from)) is { } twin)
        {
            findings.Error(path + ".from", $"'{from}' and '{twin}' have localities in common", "keep them apart");
        }

        sources.Add(from);
        var weights = (entry["to"] as JsonObject ?? []).Select(target => int.TryParse(target.Value?.ToString(), System.Globalization.CultureInfo.InvariantCulture, out var weight) ? weight : 0).ToList();
        if (weights.Count == 0 || weights.Sum() != FullWeight || weights.Any(weight => weight is <= 0 or > FullWeight))
        {
            findings.Error(path + ".to", $"the weights sum up to {weights.Sum()}, not to {FullWeight}", "let them sum up to 100, each at least 1");
        }
    }

    private static void CheckFailover(JsonObject entry, string path, Findings findings)
    {
        if (entry.Text("from") == entry.Text("to"))
        {
            findings.Error(path + ".to", $"is the same as from ('{entry.Text("from")}')", "name another region");
        }

        foreach (var field in FailoverFields.Where(field => entry.Text(field).AsSpan().ContainsAny('/', '*')))
        {
            findings.Error($"{path}.{field}", $"'{entry.Text(field)}' is more than a region", "failover is between regions: give its name only");
        }
    }

    private static bool Overlap(string one, string other)
    {
        var (left, right) = (one.Split('/'), other.Split('/'));
        for (var i = 0; i < Math.Min(left.Length, right.Length); i++)
        {
            if (left[i] == "*" || right[i] == "*")
            {
                return true;
            }

            if (left[i] != right[i])
            {
                return false;
            }
        }

        return true;
    }

    private static void CheckWarmup(JsonNode? warmup, string simple, string path, Findings findings)
    {
        if (warmup is null)
        {
            return;
        }

        if (warmup.Text("duration").Length == 0)
        {
            findings.Error(path + ".duration", "is missing", "say how long, like 30s");
        }

        findings.Percent(path + ".minimumPercent", warmup.Number("minimumPercent"));
        if (warmup.Text("aggression") is { Length: > 0 } text && !(double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var aggression) && aggression >= 1))
        {
            findings.Error(path + ".aggression", $"{text} is less than 1", "give 1 or more");
        }

        if (simple is not ("" or "UNSPECIFIED" or "ROUND_ROBIN" or "LEAST_REQUEST" or "LEAST_CONN"))
        {
            findings.Error(path, $"is possible with ROUND_ROBIN and LEAST_REQUEST only, not with {simple}", "remove it, or change simple");
        }
    }

    private static void CheckHash(JsonNode? hash, string path, Findings findings)
    {
        if (hash.At("minimumRingSize") is not null && (hash.At("ringHash") is not null || hash.At("maglev") is not null))
        {
            findings.Error(path + ".minimumRingSize", "cannot be together with ringHash or maglev", "put it into ringHash");
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        var attributes = hash.At("httpCookie", "attributes").Objects().ToList();
        for (var i = 0; i < attributes.Count; i++)
        {
            if (!names.Add(attributes[i].Text("name")))
            {
                findings.Error($"{path}.httpCookie.attributes[{i}].name", $"there is another attribute '{attributes[i].Text("name")}'", "keep one of them");
            }
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
