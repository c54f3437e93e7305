using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;

namespace Mizzen.Resources.Validation;

/// <summary>Istio's rules for WorkloadEntries, WorkloadGroups and ProxyConfigs.</summary>
internal static class WorkloadRules
{
    private static readonly string[] ProbeMethods = ["httpGet", "tcpSocket", "exec", "grpc"];
    private static readonly string[] OwnFields = ["address", "labels"];
    private static readonly string[] ImageTypes = ["default", "debug", "distroless"];

    public static void CheckEntry(JsonNode? spec, Findings findings)
    {
        var address = spec.Text("address");
        var isUnix = address.StartsWith("unix://", StringComparison.Ordinal);
        if (address.Length == 0 && spec.Text("network").Length == 0)
        {
            findings.Error("spec.address", "is missing", "give an address, or the network of a remote workload");
        }
        else if (address.Length > 0 && !isUnix && !DomainNames.IsHost(address, wildcardAllowed: false))
        {
            findings.Error("spec.address", $"'{address}' is neither an address nor a host name", "write it like 10.1.2.3 or vm-1.example.com");
        }
        else if (isUnix && spec.At("ports") is not null)
        {
            findings.Error("spec.ports", "a unix socket has no ports", "remove them");
        }

        CheckTemplate(spec, "spec", findings);
    }

    public static void CheckGroup(JsonNode? spec, Findings findings)
    {
        if (spec.At("template") is not JsonObject template)
        {
            findings.Error("spec.template", "is missing", "say what the workloads have in common");
            return;
        }

        foreach (var field in OwnFields.Where(template.ContainsKey))
        {
            findings.Error("spec.template." + field, "is each workload's own", field == "labels" ? "put labels into spec.metadata" : "remove it");
        }

        CheckTemplate(template, "spec.template", findings);
        findings.Labels("spec.metadata.labels", spec.At("metadata", "labels").TextMap());
        CheckProbe(spec.At("probe") as JsonObject, findings);
    }

    public static void CheckProxyConfig(JsonNode? spec, Findings findings)
    {
        findings.Labels("spec.selector.matchLabels", spec.At("selector", "matchLabels").TextMap());
        findings.NotNegative("spec.concurrency", spec.Number("concurrency"));
        if (spec.Text("image", "imageType") is { Length: > 0 } type && !ImageTypes.Contains(type))
        {
            findings.Error("spec.image.imageType", $"'{type}' is no type of image", "give default, debug or distroless");
        }
    }

    private static void CheckTemplate(JsonNode? spec, string path, Findings findings)
    {
        foreach (var (name, port) in spec.At("ports").TextMap())
        {
            findings.Port($"{path}.ports.{name}", int.TryParse(port, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : 0);
        }

        findings.NotNegative(path + ".weight", spec.Number("weight"));
        findings.Labels(path + ".labels", spec.At("labels").TextMap());
        if (spec.Text("locality") is { Length: > 0 } locality && locality.Split('/') is { Length: > 3 })
        {
            findings.Error(path + ".locality", $"'{locality}' has more than three parts", "write it like region/zone/subzone");
        }
    }

    private static void CheckProbe(JsonObject? probe, Findings findings)
    {
        if (probe is null)
        {
            return;
        }

        foreach (var field in new[] { "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold" })
        {
            findings.NotNegative("spec.probe." + field, probe.Number(field));
        }

        var methods = ProbeMethods.Where(probe.ContainsKey).ToList();
        if (methods.Count != 1)
        {
            findings.Error("spec.probe", methods.Count == 0 ? "says no way to probe" : $"says several ways to probe: {string.Join(", ", methods)}", "give one of httpGet, tcpSocket, exec and grpc");
        }
        else if (methods[0] is "httpGet" or "tcpSocket")
        {
            findings.Port($"spec.probe.{methods[0]}.port", probe.Number(methods[0], "port"), isRequired: true);
        }
    }
}
