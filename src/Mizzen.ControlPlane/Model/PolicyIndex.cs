using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;
using Mizzen.Resources.Security;

namespace Mizzen.ControlPlane.Model;

/// <summary>Which policies of security are in force for a proxy: those of the root namespace and of its own that select it, all of them together.</summary>
internal sealed class PolicyIndex
{
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

    private bool IsFor(PolicySelector? selector, PolicyTargetReference? one, IReadOnlyList<PolicyTargetReference>? several, Resource policy, ProxyView proxy) =>
        WorkloadChoice.Includes(proxy, policy.Metadata.Namespace ?? "", _rootNamespace, one is null ? several ?? [] : [one], selector?.MatchLabels);

    private static ILookup<string, T> ByNamespace<T>(IReadOnlyList<T> all)
        where T : Resource =>
        all.OrderBy(policy => policy.Metadata.CreationTimestamp ?? default)
            .ThenBy(policy => policy.Metadata.Name, StringComparer.Ordinal)
            .ToLookup(policy => policy.Metadata.Namespace ?? "", StringComparer.Ordinal);
}
