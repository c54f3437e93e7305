using Mizzen.Resources.Networking;

namespace Mizzen.Resources.Validation;

/// <summary>Istio's rules for Sidecars.</summary>
internal static class SidecarRules
{
    private static readonly HashSet<string> EndpointHosts = new(StringComparer.Ordinal) { "127.0.0.1", "[::1]", "0.0.0.0", "[::]" };

    public static void Check(SidecarSpec spec, Findings findings)
    {
        if (spec == new SidecarSpec())
        {
            findings.Error("spec", "says nothing", "give egress, ingress or outboundTrafficPolicy");
        }

        findings.Labels("spec.workloadSelector.labels", spec.WorkloadSelector?.Labels);
        for (var i = 0; i < (spec.Ingress?.Count ?? 0); i++)
        {
            CheckIngress(spec.Ingress![i], $"spec.ingress[{i}]", findings);
        }

        CheckEgress(spec.Egress ?? [], findings);
        if (spec.OutboundTrafficPolicy?.Mode == "ALLOW_ANY_DYNAMIC_DNS")
        {
            findings.Error("spec.outboundTrafficPolicy.mode", "ALLOW_ANY_DYNAMIC_DNS is a setting of the whole mesh", "give REGISTRY_ONLY or ALLOW_ANY");
        }

        if (spec.OutboundTrafficPolicy is { EgressProxy: not null, Mode: not "ALLOW_ANY" })
        {
            findings.Error("spec.outboundTrafficPolicy.egressProxy", "is possible with mode ALLOW_ANY only", "set the mode, or remove it");
        }
    }

    private static void CheckIngress(IstioIngressListener listener, string path, Findings findings)
    {
        findings.Port(path + ".port.number", listener.Port?.Number, isRequired: true);
        var endpoint = listener.DefaultEndpoint ?? "";
        var colon = endpoint.LastIndexOf(':');
        if (endpoint.Length > 0 && !endpoint.StartsWith("unix://", StringComparison.Ordinal)
            && (colon < 0 || !EndpointHosts.Contains(endpoint[..colon]) || !int.TryParse(endpoint[(colon + 1)..], out _)))
        {
            findings.Error(path + ".defaultEndpoint", $"'{endpoint}' is not an endpoint of the workload", "write it like 127.0.0.1:8080 or 0.0.0.0:8080");
        }
    }

    private static void CheckEgress(IReadOnlyList<IstioEgressListener> listeners, Findings findings)
    {
        for (var i = 0; i < listeners.Count; i++)
        {
            var path = $"spec.egress[{i}]";
            if (listeners[i].Hosts is not { Count: > 0 })
            {
                findings.Error(path + ".hosts", "is missing", "name hosts, for example ./* or istio-system/*");
            }

            if (listeners[i].Port is null && i < listeners.Count - 1)
            {
                findings.Error(path + ".port", "only the last listener can be without a port", "put it last, or join it with the others");
            }

            for (var h = 0; h < (listeners[i].Hosts?.Count ?? 0); h++)
            {
                CheckHost(listeners[i].Hosts![h], $"{path}.hosts[{h}]", findings);
            }

            if (listeners[i].Hosts is { Count: > 1 } hosts && hosts.Contains("*/*"))
            {
                findings.Warn(path + ".hosts", "'*/*' includes the others", "keep '*/*' alone, or remove it");
            }
        }
    }

    private static void CheckHost(string host, string path, Findings findings)
    {
        if (host.Split('/') is not [var ns, var name])
        {
            findings.Error(path, $"'{host}' is not namespace/host", "write it like ./*, istio-system/* or */api.example.com");
            return;
        }

        if (ns is not ("*" or "." or "~") && !DomainNames.IsLabel(ns.TrimStart('~')))
        {
            findings.Error(path, $"'{ns}' is not a namespace", "give '*', '.', '~' or the name of a namespace");
        }

        findings.Host(path, name);
    }
}
