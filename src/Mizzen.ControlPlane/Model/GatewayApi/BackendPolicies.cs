using Mizzen.Resources.Core;
using Mizzen.Resources.GatewayApi;

namespace Mizzen.ControlPlane.Model.GatewayApi;

/// <summary>
/// BackendTLSPolicies: which of them is in force for a port of a Service, and what each is told by the Gateways whose routes lead there. A
/// policy for a port counts before one for all ports; of two for the same the older one, then the first by name.
/// </summary>
internal sealed class BackendPolicies
{
    private readonly Dictionary<(string, string), ConfigMap> _maps;
    private readonly Dictionary<(string Host, int Port), BackendTls> _tls = [];
    private readonly List<PolicyVerdict> _verdicts = [];

    /// <summary>Ports that a policy names.</summary>
    private readonly HashSet<(string, int)> _named = [];

    /// <summary>Looks at all policies.</summary>
    /// <param name="resources">The objects.</param>
    /// <param name="services">The services that there are.</param>
    /// <param name="users">The Gateways that send to a host, by the host.</param>
    public BackendPolicies(ResourceSet resources, ServiceRegistry services, ILookup<string, KubernetesGateway> users)
    {
        _maps = resources.ConfigMaps.ToDictionary(map => (map.Metadata.Namespace ?? "", map.Metadata.Name ?? ""));
        var taken = new HashSet<(string Host, string? Section)>();
        foreach (var policy in resources.BackendTlsPolicies
            .OrderBy(policy => policy.Metadata.CreationTimestamp ?? default).ThenBy(policy => $"{policy.Metadata.Namespace}/{policy.Metadata.Name}", StringComparer.Ordinal))
        {
            Add(policy, services, users, taken);
        }
    }

    public Dictionary<(string Host, int Port), BackendTls> Tls => _tls;

    public IReadOnlyList<PolicyVerdict> Verdicts => _verdicts;

    private void Add(BackendTlsPolicy policy, ServiceRegistry services, ILookup<string, KubernetesGateway> users, HashSet<(string, string?)> taken)
    {
        var (tls, resolved) = Read(policy);
        var refusal = tls.IsBroken ? GatewayCondition.NotAccepted("NoValidCACertificate", "no certificate of an authority is left: requests are answered 503") : null;
        var gateways = new List<KubernetesGateway>();
        foreach (var target in policy.Spec?.TargetRefs ?? [])
        {
            var host = HostName.OfService(target.Name, policy.Metadata.Namespace ?? "");
            if (target is not { Group: "" or "core", Kind: "Service" })
            {
                refusal ??= GatewayCondition.NotAccepted("Invalid", $"{target.Group}/{target.Kind} {target.Name} is no kind of target that is supported; name a Service");
            }
            else if (services.OfHost(host) is not [var service, ..])
            {
                refusal ??= GatewayCondition.NotAccepted("TargetNotFound", $"there is no Service {policy.Metadata.Namespace}/{target.Name}");
            }
            else if (!taken.Add((host, target.SectionName)))
            {
                refusal = GatewayCondition.NotAccepted("Conflicted", $"another policy for Service {target.Name}{(target.SectionName is { } section ? $" port {section}" : "")} is older");
            }
            else if (!TrySet(service, target.SectionName, tls))
            {
                refusal ??= GatewayCondition.NotAccepted("TargetNotFound", $"Service {policy.Metadata.Namespace}/{target.Name} has no port named {target.SectionName}");
            }

            gateways.AddRange(users[host]);
        }

        _verdicts.Add(new PolicyVerdict(policy, [.. gateways.Distinct()], [refusal ?? GatewayCondition.Accepted(), resolved ?? GatewayCondition.ResolvedRefs]));
    }

    private bool TrySet(MeshService service, string? section, BackendTls tls)
    {
        if (section is not null)
        {
            if (service.Ports.FirstOrDefault(port => port.Name == section) is not { } named)
            {
                return false;
            }

            _tls[(service.Host, named.Number)] = tls;
            _named.Add((service.Host, named.Number));
            return true;
        }

        foreach (var port in service.Ports.Where(port => !_named.Contains((service.Host, port.Number))))
        {
            _tls[(service.Host, port.Number)] = tls;
        }

        return true;
    }

    private (BackendTls Tls, GatewayCondition? Problem) Read(BackendTlsPolicy policy)
    {
        var validation = policy.Spec?.Validation ?? new BackendTlsValidation { Hostname = "" };
        IReadOnlyList<BackendName> names = validation.SubjectAltNames is { Count: > 0 } own
            ? [.. own.Select(name => name.Type == "URI" ? new BackendName(true, name.Uri ?? "") : new BackendName(false, name.Hostname ?? ""))]
            : [new BackendName(false, validation.Hostname)];
        if (validation.WellKnownCACertificates == "System")
        {
            return (new BackendTls(validation.Hostname, names, null, false), null);
        }

        var authorities = new List<string>();
        GatewayCondition? problem = null;
        foreach (var reference in validation.CaCertificateRefs ?? [])
        {
            var text = _maps.GetValueOrDefault((policy.Metadata.Namespace ?? "", reference.Name))?.Data?.GetValueOrDefault("ca.crt");
            if (reference is not { Group: null or "" or "core", Kind: "ConfigMap" })
            {
                problem ??= GatewayCondition.NotResolved("InvalidKind", $"{reference.Group}/{reference.Kind} {reference.Name} is no kind that is supported; use a ConfigMap");
            }
            else if (PemText.HasCertificates(text))
            {
                authorities.Add(text!);
            }
            else
            {
                problem ??= GatewayCondition.NotResolved("InvalidCACertificateRef", $"there is no ConfigMap {policy.Metadata.Namespace}/{reference.Name} with certificates in ca.crt");
            }
        }

        return (new BackendTls(validation.Hostname, names, string.Join('\n', authorities), authorities.Count == 0), problem);
    }
}
