using Mizzen.Resources.Meta;
using Mizzen.Resources.Security;

namespace Mizzen.ControlPlane.Model;

/// <summary>Which policies of security are in force for a proxy: those of the root namespace and of its own that select it, all of them together.</summary>
internal sealed class PolicyIndex
{
    private const string GatewayName = "gateway.networking.k8s.io/gateway-name";
    private const string GatewayClassName = "gateway.networking.k8s.io/gateway-class-name";
    private readonly ILookup<string, AuthorizationPolicy> _authorizations;
    private readonly ILookup<string, RequestAuthentication> _authentications;
    private readonly string _rootNamespace;

    private PolicyIndex(ResourceSet resources, string rootNamespace)
    {
        _authorizations = ByNamespace(resources.AuthorizationPolicies);
        _authentications = ByNamespace(resources.RequestAuthentications);
        _rootNamespace = rootNamespace;
        KeySets = resources.KeySets;
    }

    public static PolicyIndex Empty { get; } = new(new ResourceSet(), "istio-system");

    /// <summary>The keys of issuers of tokens, by where they were fetched.</summary>
    public IReadOnlyDictionary<string, string> KeySets { get; }

    public static PolicyIndex Of(ResourceSet resources, string rootNamespace) => new(resources, rootNamespace);

    public IReadOnlyList<AuthorizationPolicy> AuthorizationFor(ProxyView proxy) =>
        [.. For(_authorizations, proxy, policy => IsFor(policy.Spec?.Selector, policy.Spec?.TargetRef, policy.Spec?.TargetRefs, policy, proxy))];

    public IReadOnlyList<RequestAuthentication> AuthenticationFor(ProxyView proxy) =>
        [.. For(_authentications, proxy, policy => IsFor(policy.Spec?.Selector, policy.Spec?.TargetRef, policy.Spec?.TargetRefs, policy, proxy))];

    private IEnumerable<T> For<T>(ILookup<string, T> all, ProxyView proxy, Func<T, bool> isFor)
    {
        var root = proxy.Namespace == _rootNamespace ? [] : all[_rootNamespace];
        return root.Concat(all[proxy.Namespace]).Where(isFor);
    }

    private bool IsFor(PolicySelector? selector, PolicyTargetReference? one, IReadOnlyList<PolicyTargetReference>? several, Resource policy, ProxyView proxy)
    {
        var targets = one is null ? several ?? [] : [one];
        return targets.Count > 0
            ? targets.Any(target => IsTarget(target, policy.Metadata.Namespace ?? "", proxy))
            : Labels.Include(proxy.Labels, selector?.MatchLabels);
    }

    /// <summary>Gateways are told by the labels that their pods have; Services are targets of waypoints, which there are none of.</summary>
    private bool IsTarget(PolicyTargetReference target, string ns, ProxyView proxy) => target.Kind switch
    {
        "Gateway" => ns == proxy.Namespace && proxy.Labels.GetValueOrDefault(GatewayName) == target.Name,
        "GatewayClass" => ns == _rootNamespace && proxy.Labels.GetValueOrDefault(GatewayClassName) == target.Name,
        _ => false,
    };

    private static ILookup<string, T> ByNamespace<T>(IReadOnlyList<T> all)
        where T : Resource =>
        all.OrderBy(policy => policy.Metadata.CreationTimestamp ?? default)
            .ThenBy(policy => policy.Metadata.Name, StringComparer.Ordinal)
            .ToLookup(policy => policy.Metadata.Namespace ?? "", StringComparer.Ordinal);
}
