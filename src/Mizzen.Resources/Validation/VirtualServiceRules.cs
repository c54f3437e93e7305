using Mizzen.Resources.Networking;

namespace Mizzen.Resources.Validation;

/// <summary>Istio's rules for VirtualServices, but for those of HTTP routes.</summary>
internal static class VirtualServiceRules
{
    private const string Mesh = "mesh";

    public static void Check(VirtualServiceSpec spec, string? ns, Findings findings)
    {
        if (spec.Hosts is not { Count: > 0 })
        {
            CheckDelegate(spec, findings);
        }
        else
        {
            CheckHosts(spec, findings);
        }

        if (spec.Http is not { Count: > 0 } && spec.Tls is not { Count: > 0 } && spec.Tcp is not { Count: > 0 })
        {
            findings.Error("spec", "has no rule", "give at least one of http, tls and tcp");
        }

        for (var i = 0; i < (spec.Http?.Count ?? 0); i++)
        {
            HttpRouteRules.Check(spec.Http![i], $"spec.http[{i}]", isDelegate: spec.Hosts is not { Count: > 0 }, findings);
        }

        UnreachableRules.Check(spec.Http ?? [], findings);
        CheckTls(spec, findings);
        CheckTcp(spec, findings);
        findings.ExportTo(spec.ExportTo, ns);
    }

    private static void CheckDelegate(VirtualServiceSpec spec, Findings findings)
    {
        if (spec.Gateways is { Count: > 0 })
        {
            findings.Error("spec.gateways", "a VirtualService without hosts is a delegate and is bound by its root", "remove gateways, or give hosts");
        }

        if (spec.Tls is { Count: > 0 } || spec.Tcp is { Count: > 0 })
        {
            findings.Error(spec.Tls is { Count: > 0 } ? "spec.tls" : "spec.tcp", "a VirtualService without hosts is a delegate and has http rules only", "give hosts");
        }
    }

    private static void CheckHosts(VirtualServiceSpec spec, Findings findings)
    {
        var hosts = spec.Hosts!;
        var isMesh = spec.Gateways is not { Count: > 0 } || spec.Gateways.Contains(Mesh);
        for (var i = 0; i < hosts.Count; i++)
        {
            var path = $"spec.hosts[{i}]";
            findings.Host(path, hosts[i]);
            if (hosts[i] == "*" && isMesh)
            {
                findings.Error(path, "'*' cannot be used for sidecars: it would take everything", "bind it to a gateway in spec.gateways, or name the host");
            }

            var twin = hosts.Take(i).FirstOrDefault(other => DomainNames.Covers(other, hosts[i]) || DomainNames.Covers(hosts[i], other));
            if (twin is not null)
            {
                findings.Error(path, $"'{hosts[i]}' and '{twin}' have names in common", "keep one of them");
            }
        }

        for (var i = 0; i < (spec.Gateways?.Count ?? 0); i++)
        {
            if (spec.Gateways![i].Split('/') is not ([{ Length: > 0 }] or [{ Length: > 0 }, { Length: > 0 }]))
            {
                findings.Error($"spec.gateways[{i}]", $"'{spec.Gateways[i]}' is not the name of a gateway", "write mesh, name or namespace/name");
            }
        }
    }

    private static void CheckTls(VirtualServiceSpec spec, Findings findings)
    {
        for (var i = 0; i < (spec.Tls?.Count ?? 0); i++)
        {
            var path = $"spec.tls[{i}]";
            var route = spec.Tls![i];
            if (route.Match is not { Count: > 0 })
            {
                findings.Error(path + ".match", "is missing", "say which names it is about: match: [{sniHosts: [example.com]}]");
            }

            for (var m = 0; m < (route.Match?.Count ?? 0); m++)
            {
                CheckSni(route.Match![m], $"{path}.match[{m}]", spec, findings);
            }

            CheckRoutes(route.Route, path, findings);
        }
    }

    private static void CheckSni(TLSMatchAttributes match, string path, VirtualServiceSpec spec, Findings findings)
    {
        if (match.SniHosts is not { Count: > 0 })
        {
            findings.Error(path + ".sniHosts", "is missing", "name the hosts");
        }

        findings.Port(path + ".port", match.Port is 0 ? null : match.Port);
        for (var i = 0; i < (match.SniHosts?.Count ?? 0); i++)
        {
            var host = match.SniHosts![i];
            findings.Host($"{path}.sniHosts[{i}]", host);
            if (!(spec.Hosts ?? []).Any(own => DomainNames.Covers(own, host)))
            {
                findings.Error($"{path}.sniHosts[{i}]", $"'{host}' is not covered by any of spec.hosts", "add it there");
            }
        }
    }

    private static void CheckTcp(VirtualServiceSpec spec, Findings findings)
    {
        for (var i = 0; i < (spec.Tcp?.Count ?? 0); i++)
        {
            var path = $"spec.tcp[{i}]";
            var route = spec.Tcp![i];
            for (var m = 0; m < (route.Match?.Count ?? 0); m++)
            {
                findings.Port($"{path}.match[{m}].port", route.Match![m].Port is 0 ? null : route.Match[m].Port);
                foreach (var subnet in (route.Match[m].DestinationSubnets ?? []).Where(subnet => !AddressRanges.IsRange(subnet)))
                {
                    findings.Error($"{path}.match[{m}].destinationSubnets", $"'{subnet}' is not an address or range", "write it like 10.1.2.0/24");
                }
            }

            CheckRoutes(route.Route, path, findings);
        }
    }

    private static void CheckRoutes(IReadOnlyList<RouteDestination>? routes, string path, Findings findings)
    {
        if (routes is not { Count: > 0 })
        {
            findings.Error(path + ".route", "is missing", "say where it goes: route: [{destination: {host: …}}]");
            return;
        }

        for (var i = 0; i < routes.Count; i++)
        {
            HttpRouteRules.CheckDestination(routes[i].Destination, $"{path}.route[{i}].destination", findings);
        }

        HttpRouteRules.CheckWeights([.. routes.Select(route => route.Weight)], path + ".route", findings);
    }
}
