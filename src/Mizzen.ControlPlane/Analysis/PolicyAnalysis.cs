using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Security;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Analysis;

/// <summary>Security policies that reach nobody, and what of them has no effect yet.</summary>
internal static class PolicyAnalysis
{
    public static IEnumerable<Problem> Of(MeshSnapshot mesh) =>
        mesh.Resources.AuthorizationPolicies.SelectMany(policy => OfAuthorization(policy, mesh))
            .Concat(mesh.Resources.RequestAuthentications.SelectMany(policy =>
                OfSelection(KeyOf(policy), policy.Spec?.Selector, policy.Spec?.TargetRef, policy.Spec?.TargetRefs, mesh)));

    private static IEnumerable<Problem> OfAuthorization(AuthorizationPolicy policy, MeshSnapshot mesh)
    {
        var key = KeyOf(policy);
        if (policy.Spec?.Action == "CUSTOM" && OfProvider(policy.Spec.Provider?.Name ?? "", mesh) is var (text, fix))
        {
            yield return new Problem(IstioCodes.ReferencedProviderNotUsable, key, "spec.provider.name", $"{text}: what the rules match is refused", fix);
        }

        foreach (var problem in OfSelection(key, policy.Spec?.Selector, policy.Spec?.TargetRef, policy.Spec?.TargetRefs, mesh))
        {
            yield return problem;
        }
    }

    private static (string Text, string Fix)? OfProvider(string name, MeshSnapshot mesh)
    {
        var provider = (mesh.Mesh.ExtensionProviders ?? []).FirstOrDefault(provider => provider.Name == name);
        return provider is null ? ($"the mesh configuration has no extension provider '{name}'", "add it to extensionProviders, or correct the name")
            : AuthorizationProviders.AddressOf(provider) is not { } address ? ($"the provider '{name}' is not one that can be asked", "give it envoyExtAuthzHttp or envoyExtAuthzGrpc")
            : AuthorizationProviders.ServiceOf(mesh, provider) is null ? ($"the mesh has no service '{address.Service}' with port {address.Port}", "correct service and port, or create the Service")
            : null;
    }

    private static IEnumerable<Problem> OfSelection(
        ResourceKey key, PolicySelector? selector, PolicyTargetReference? one, IReadOnlyList<PolicyTargetReference>? several, MeshSnapshot mesh)
    {
        if (selector?.MatchLabels is { Count: > 0 } labels
            && !mesh.Resources.Pods.Any(pod => (key.Namespace == mesh.RootNamespace || pod.Metadata.Namespace == key.Namespace) && Labels.Include(pod.Metadata.Labels, labels)))
        {
            yield return new Problem(IstioCodes.NoMatchingWorkloadsFound, key, "spec.selector", $"No matching workloads for this resource with the following labels: {string.Join(",", labels.Select(label => $"{label.Key}={label.Value}"))}", "correct the labels");
        }

        var targets = one is null ? several ?? [] : [one];
        if (targets.Any(target => target.Kind is "Service" or "ServiceEntry"))
        {
            yield return new Problem(
                IstioCodes.NotSupported, key, one is null ? "spec.targetRefs" : "spec.targetRef", "policies for a Service are for waypoints, which there are none of: it has no effect", "use a selector for the Service's pods");
        }
    }

    private static ResourceKey KeyOf<T>(T policy)
        where T : Resource => new("security.istio.io", typeof(T).Name, policy.Metadata.Namespace, policy.Metadata.Name ?? "");
}
