using Mizzen.ControlPlane.Model;
using Mizzen.Identity;
using Mizzen.Resources.Mesh;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Translation;

/// <summary>A service with the ports that a client sees of it.</summary>
internal sealed record VisibleService(MeshService Service, IReadOnlyList<MeshPort> Ports);

/// <summary>
/// What a client sees of the mesh. Proxies of one namespace with the same Sidecar, and the same values of the labels that any rule asks
/// for, share one: everything outbound is translated once for all of them.
/// </summary>
internal sealed class ClientScope
{
    private readonly Dictionary<string, VisibleService> _byHost;
    private readonly Dictionary<MeshService, MeshDestinationRule?> _rules;
    private readonly TrustDomain _domain;
    private readonly PeerAuthenticationIndex _policies;
    private readonly BackendTlsIndex? _backendTls;

    public ClientScope(MeshSnapshot mesh, ProxyType type, string ns, Sidecar? sidecar, IReadOnlyDictionary<string, string> labels, bool capturesNames = false)
    {
        Mesh = mesh.Mesh;
        _domain = mesh.TrustDomain;
        _policies = mesh.PeerAuthentications;
        _backendTls = type == ProxyType.Router ? mesh.GatewayApi.BackendTls : null;
        Type = type;
        Namespace = ns;
        Sidecar = sidecar;
        Labels = labels;
        CapturesNames = capturesNames;
        var declared = sidecar?.Spec?.Egress ?? [];
        var egress = declared.Count > 0 ? new EgressFilter(declared, ns) : null;
        VirtualServices = [.. mesh.VirtualServices.For(MeshVirtualService.Mesh, ns).Where(service => egress?.Imports(service) ?? true)];
        Services = Visible(mesh.Services, egress);
        Opened = [.. declared.Where(OpenedListener.IsOpened).Select(listener => new OpenedListener(listener, Visible(mesh.Services, new EgressFilter([listener], ns))))];
        Captured = Opened.Count == 0 ? Services
            : declared.Count == Opened.Count ? []
            : Visible(mesh.Services, new EgressFilter([.. declared.Where(listener => !OpenedListener.IsOpened(listener))], ns));
        _byHost = Services.ToDictionary(service => service.Service.Host, StringComparer.Ordinal);
        _rules = Services.ToDictionary(service => service.Service, service => mesh.DestinationRules.Find(service.Service, ns, labels));
    }

    public MeshConfig Mesh { get; }

    public ProxyType Type { get; }

    public string Namespace { get; }

    /// <summary>Whether its sidecar answers the names of the mesh.</summary>
    public bool CapturesNames { get; }

    public Sidecar? Sidecar { get; }

    /// <summary>Only the labels that some rule asks for.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; }

    /// <summary><see cref="Labels"/> as a key.</summary>
    public string LabelText => field ??= string.Join(',', Labels.Select(label => $"{label.Key}={label.Value}"));

    /// <summary>One for each host, the oldest first.</summary>
    public IReadOnlyList<VisibleService> Services { get; }

    /// <summary>Those of <see cref="Services"/> that are reached by connections which the redirect brings to the proxy.</summary>
    public IReadOnlyList<VisibleService> Captured { get; }

    /// <summary>The ports that the proxy opens itself for clients.</summary>
    public IReadOnlyList<OpenedListener> Opened { get; }

    /// <summary>The rules for sidecars, in the order in which they count.</summary>
    public IReadOnlyList<MeshVirtualService> VirtualServices { get; }

    /// <summary>Whether what the mesh does not know is refused. A Sidecar that has a policy without a mode means that, too.</summary>
    public bool IsRegistryOnly => Sidecar?.Spec?.OutboundTrafficPolicy is { } own
        ? own.Mode is null or "REGISTRY_ONLY"
        : Mesh.OutboundTrafficPolicy?.Mode == "REGISTRY_ONLY";

    /// <summary>Where the client dials a service: its addresses, or those that were given to it and that the client's own DNS tells.</summary>
    public IReadOnlyList<string> AddressesOf(MeshService service) => service.Addresses.Count == 0 && CapturesNames ? service.Allocated : service.Addresses;

    public VisibleService? Find(string host) => _byHost.GetValueOrDefault(host);

    public MeshDestinationRule? RuleOf(MeshService service) => _rules.GetValueOrDefault(service);

    /// <summary>By what the endpoints of a destination are to be chosen; null when it does not hash.</summary>
    public ConsistentHashLB? HashOf(string host, int port, string? subsetName) => PolicyOf(host, port, subsetName)?.LoadBalancer?.ConsistentHash;

    /// <summary>What a DestinationRule says of a destination; null where there is none.</summary>
    public TrafficPolicy? PolicyOf(string host, int port, string? subsetName)
    {
        if (Find(host)?.Service is not { } service || RuleOf(service) is not { } rule)
        {
            return null;
        }

        var subset = string.IsNullOrEmpty(subsetName) ? null : rule.Subsets.FirstOrDefault(entry => entry.Name == subsetName);
        return TrafficPolicies.Of(rule, subset, port);
    }

    /// <summary>How a gateway speaks TLS with a service's port; null where no policy says so.</summary>
    public BackendTls? TlsOf(MeshService service, MeshPort port) => _backendTls?.Find(service.Host, port.Number);

    /// <summary>Which workloads take mutual TLS.</summary>
    public PeerAuthenticationIndex Policies => _policies;

    public ServerIdentity IdentityOf(MeshService service, EndpointIndex endpoints) => new(endpoints.Of(service), _domain, _policies);

    private List<VisibleService> Visible(ServiceRegistry registry, EgressFilter? egress)
    {
        var destinations = egress is null ? [] : VirtualServices
            .SelectMany(service => service.Http.SelectMany(route => route.Route ?? []).Select(route => route.Destination)
                .Concat(service.Tcp.SelectMany(route => route.Route ?? []).Select(route => route.Destination))
                .Concat(service.Tls.SelectMany(route => route.Route ?? []).Select(route => route.Destination))
                .Select(destination => service.Resolve(destination?.Host ?? "")))
            .ToHashSet(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var visible = new List<VisibleService>(registry.All.Count);
        foreach (var candidate in registry.All)
        {
            if (!candidate.Visibility.Includes(Namespace) || !seen.Add(candidate.Host) || registry.Find(candidate.Host, Namespace) is not { } service)
            {
                continue;
            }

            // What an imported rule sends traffic to is imported with it.
            var ports = egress is null || destinations.Contains(service.Host) ? service.Ports : egress.PortsOf(service);
            if (ports.Count > 0)
            {
                visible.Add(new VisibleService(service, ports));
            }
        }

        return visible;
    }
}
