using System.Net;
using Mizzen.Resources.Networking;

namespace Mizzen.Resources.Validation;

/// <summary>Istio's rules for ServiceEntries.</summary>
internal static class ServiceEntryRules
{
    private const int MostHosts = 256;
    private static readonly HashSet<string> Protocols = new(StringComparer.OrdinalIgnoreCase)
    {
        "HTTP", "HTTPS", "GRPC", "GRPC-WEB", "HTTP2", "MONGO", "TCP", "TLS", "REDIS", "MYSQL",
    };

    private static readonly HashSet<string> Named = new(StringComparer.OrdinalIgnoreCase) { "HTTP", "HTTPS", "GRPC", "GRPC-WEB", "HTTP2", "TLS" };

    public static void Check(ServiceEntrySpec spec, string? ns, Findings findings)
    {
        CheckHosts(spec, findings);
        CheckPorts(spec, findings);
        CheckAddresses(spec, findings);
        CheckResolution(spec, findings);
        if (spec.Endpoints is { Count: > 0 } && spec.WorkloadSelector is not null)
        {
            findings.Error("spec.workloadSelector", "cannot be together with endpoints", "keep one of them");
        }

        findings.Labels("spec.workloadSelector.labels", spec.WorkloadSelector?.Labels);
        findings.ExportTo(spec.ExportTo, ns);
    }

    private static void CheckHosts(ServiceEntrySpec spec, Findings findings)
    {
        if (spec.Hosts is not { Count: > 0 and <= MostHosts })
        {
            findings.Error("spec.hosts", spec.Hosts is { Count: > 0 } ? $"has more than {MostHosts} hosts" : "is missing", "name the hosts");
        }

        for (var i = 0; i < (spec.Hosts?.Count ?? 0); i++)
        {
            if (spec.Hosts![i] == "*")
            {
                findings.Error($"spec.hosts[{i}]", "'*' would take everything", "name the hosts, or set outboundTrafficPolicy to ALLOW_ANY");
            }
            else
            {
                findings.Host($"spec.hosts[{i}]", spec.Hosts[i]);
            }
        }
    }

    private static void CheckPorts(ServiceEntrySpec spec, Findings findings)
    {
        var numbers = new HashSet<int?>();
        var names = new HashSet<string?>();
        for (var i = 0; i < (spec.Ports?.Count ?? 0); i++)
        {
            var port = spec.Ports![i];
            var path = $"spec.ports[{i}]";
            findings.Port(path + ".number", port.Number, isRequired: true);
            findings.Port(path + ".targetPort", port.TargetPort is 0 ? null : port.TargetPort);
            if (string.IsNullOrEmpty(port.Name))
            {
                findings.Error(path + ".name", "is missing", "give the port a name");
            }

            if (!numbers.Add(port.Number) || (port.Name is not null && !names.Add(port.Name)))
            {
                findings.Error(path, "there is another port of this number or name", "give each port a number and a name of its own");
            }

            if (port.Protocol is not null && !Protocols.Contains(port.Protocol))
            {
                findings.Error(path + ".protocol", $"'{port.Protocol}' is not a protocol", "give HTTP, HTTPS, GRPC, HTTP2, TCP or TLS");
            }
        }

        var unnamed = (spec.Ports ?? []).Any(port => !Named.Contains(port.Protocol ?? "TCP"));
        if (unnamed && (spec.Hosts?.Count ?? 0) > 1)
        {
            findings.Error("spec.hosts", "several hosts cannot share a TCP port: nothing in the bytes tells them apart", "make a ServiceEntry for each");
        }

        if (unnamed && spec.Addresses is not { Count: > 0 } && spec.Resolution is null or "NONE")
        {
            findings.Warn("spec.addresses", "without addresses a TCP port is opened to every address", "give the addresses");
        }
    }

    private static void CheckAddresses(ServiceEntrySpec spec, Findings findings)
    {
        for (var i = 0; i < (spec.Addresses?.Count ?? 0); i++)
        {
            var address = spec.Addresses![i];
            if (!AddressRanges.IsRange(address))
            {
                findings.Error($"spec.addresses[{i}]", $"'{address}' is not an address or range", "write it like 10.1.2.3 or 10.1.2.0/24");
            }
            else if (address.Contains('/', StringComparison.Ordinal) && spec.Resolution is "DNS" or "DNS_ROUND_ROBIN")
            {
                findings.Error($"spec.addresses[{i}]", "a range is possible with resolution NONE and STATIC only", "give single addresses");
            }
        }
    }

    private static void CheckResolution(ServiceEntrySpec spec, Findings findings)
    {
        var endpoints = spec.Endpoints ?? [];
        switch (spec.Resolution)
        {
            case null or "NONE" when endpoints.Count > 0:
                findings.Error("spec.endpoints", "with resolution NONE connections go where the app dialled", "set resolution to STATIC or DNS, or remove the endpoints");
                break;
            case "STATIC":
                CheckEndpoints(endpoints, address => IPAddress.TryParse(address, out _) || address.StartsWith("unix://", StringComparison.Ordinal), "an IP address", findings);
                break;
            case "DNS" or "DNS_ROUND_ROBIN":
                CheckDns(spec, endpoints, findings);
                break;
            case "DYNAMIC_DNS":
                findings.Add(IstioCodes.NotSupported, "spec.resolution", "DYNAMIC_DNS is not supported yet", "use DNS with the hosts' full names");
                break;
        }
    }

    private static void CheckDns(ServiceEntrySpec spec, IReadOnlyList<WorkloadEntrySpec> endpoints, Findings findings)
    {
        if (endpoints.Count == 0 && spec.WorkloadSelector is null && (spec.Hosts ?? []).Any(host => host.StartsWith('*')))
        {
            findings.Error("spec.hosts", "a wildcard cannot be looked up in the DNS", "list endpoints, or set resolution to NONE");
        }

        if (spec.Resolution == "DNS_ROUND_ROBIN" && endpoints.Count > 1)
        {
            findings.Error("spec.endpoints", "DNS_ROUND_ROBIN has one endpoint at most", "use DNS");
        }

        CheckEndpoints(endpoints, address => DomainNames.IsHost(address, wildcardAllowed: false), "a host name or an IP address", findings);
    }

    private static void CheckEndpoints(IReadOnlyList<WorkloadEntrySpec> endpoints, Func<string, bool> isAddress, string kind, Findings findings)
    {
        for (var i = 0; i < endpoints.Count; i++)
        {
            if (!isAddress(endpoints[i].Address ?? ""))
            {
                findings.Error($"spec.endpoints[{i}].address", $"'{endpoints[i].Address}' is not {kind}", $"give {kind}");
            }

            findings.NotNegative($"spec.endpoints[{i}].weight", endpoints[i].Weight);
        }
    }
}
