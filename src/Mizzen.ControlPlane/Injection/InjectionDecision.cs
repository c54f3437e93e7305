using Mizzen.Resources.Core;

namespace Mizzen.ControlPlane.Injection;

/// <summary>Whether a pod gets a proxy, and why.</summary>
/// <param name="Injects">The decision.</param>
/// <param name="Reason">For logs and people.</param>
internal sealed record InjectionDecision(bool Injects, string Reason)
{
    /// <summary>Namespaces that are never injected (Istio's list).</summary>
    private static readonly string[] IgnoredNamespaces = ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"];

    /// <summary>
    /// Istio's order: host network, ignored namespaces, the pod's label, its annotation, the selectors, the policy. What a namespace's
    /// labels say has been decided before, by the selectors of the webhook.
    /// </summary>
    public static InjectionDecision For(Pod pod, string ns, InjectionSettings settings)
    {
        if (pod.Spec?.HostNetwork == true)
        {
            return No("the pod uses the host's network, which cannot be redirected");
        }

        if (IgnoredNamespaces.Contains(ns))
        {
            return No($"namespace {ns} is never injected");
        }

        if (pod.Metadata.Annotations?.ContainsKey(Names.Status) == true)
        {
            return No("the pod has been injected already");
        }

        var wish = pod.Metadata.Labels?.GetValueOrDefault(Names.Inject) ?? pod.Metadata.Annotations?.GetValueOrDefault(Names.Inject);
        return wish?.ToLowerInvariant() switch
        {
            "true" or "y" or "yes" or "on" => Yes($"{Names.Inject} is {wish}"),
            null or "" => BySelectors(pod, settings),
            _ => No($"{Names.Inject} is {wish}"),
        };
    }

    private static InjectionDecision BySelectors(Pod pod, InjectionSettings settings)
    {
        if (settings.NeverInject.Any(selector => selector.Matches(pod.Metadata.Labels)))
        {
            return No("a neverInjectSelector matches");
        }

        if (settings.AlwaysInject.Any(selector => selector.Matches(pod.Metadata.Labels)))
        {
            return Yes("an alwaysInjectSelector matches");
        }

        return settings.InjectsByDefault ? Yes("injection is on") : No("injection is off unless it is asked for");
    }

    private static InjectionDecision Yes(string reason) => new(true, reason);

    private static InjectionDecision No(string reason) => new(false, reason);
}
