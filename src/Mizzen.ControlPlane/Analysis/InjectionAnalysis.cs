using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Analysis;

/// <summary>Namespaces and pods that should have a proxy and have none, or have another than they would get today.</summary>
internal static class InjectionAnalysis
{
    private const string InjectLabel = "sidecar.istio.io/inject";
    private static readonly string[] SystemNamespaces = ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"];

    public static IEnumerable<Problem> Of(AnalysisInput input) =>
        input.Of("Namespace").Where(ns => !IsSystem(ns.Text("metadata", "name"), input)).SelectMany(ns => OfNamespace(ns, input));

    /// <summary>Pods whose proxy is of another image than the injector writes now.</summary>
    public static IEnumerable<Problem> Images(AnalysisInput input)
    {
        var wanted = WantedImage(input);
        if (wanted.Length == 0)
        {
            yield break;
        }

        foreach (var ns in input.Of("Namespace").Where(IsInjected))
        {
            var name = ns.Text("metadata", "name");
            var others = input.Pods.Where(pod => pod.IsPod && pod.Namespace == name)
                .Where(pod => pod.Containers.Any(container => container.Text("name") == "istio-proxy" && container.Text("image") != wanted))
                .Select(pod => pod.Name).ToList();
            if (others.Count > 0)
            {
                yield return new Problem(
                    IstioCodes.PodsIstioProxyImageMismatchInNamespace,
                    AnalysisInput.KeyOf(ns),
                    "",
                    $"The Istio proxy images of the pods running in the namespace do not match the image defined in the injection configuration (pod names: [{string.Join(" ", others)}]). This often happens after upgrading the Istio control-plane and can be fixed by redeploying the pods.",
                    $"kubectl rollout restart deployment -n {name}");
            }
        }
    }

    /// <summary>Pods that leave the proxy's image to the injector, where there is no injection.</summary>
    public static IEnumerable<Problem> AutoImages(AnalysisInput input)
    {
        foreach (var pod in input.Pods.Where(pod => pod.Containers.Any(container => container.Text("image") == "auto") && !IsInjectedHere(pod, input)))
        {
            yield return new Problem(
                pod.IsPod ? IstioCodes.ImageAutoWithoutInjectionError : IstioCodes.ImageAutoWithoutInjectionWarning,
                AnalysisInput.KeyOf(pod.Owner),
                pod.Path + "spec.containers",
                $"{pod.Owner.Text("kind")} {pod.Name} contains `image: auto` but does not match any Istio injection webhook selectors.",
                $"label the pods {InjectLabel}: \"true\", or the namespace istio-injection=enabled");
        }
    }

    private static IEnumerable<Problem> OfNamespace(JsonObject ns, AnalysisInput input)
    {
        var labels = ns.At("metadata", "labels").TextMap();
        var (name, key) = (ns.Text("metadata", "name"), AnalysisInput.KeyOf(ns));
        var revision = labels.GetValueOrDefault("istio.io/rev");
        var injection = labels.GetValueOrDefault("istio-injection");
        if (revision is not null && injection is not null)
        {
            yield return new Problem(
                IstioCodes.NamespaceMultipleInjectionLabels, key, "metadata.labels", "The namespace has more than one type of injection labels [istio-injection istio.io/rev], which may lead to undefined behavior. Make sure only one injection label exists.", $"kubectl label namespace {name} istio.io/rev-, or istio-injection-");
        }
        else if (revision is null && injection is null && labels.GetValueOrDefault("istio.io/dataplane-mode") != "ambient")
        {
            yield return IsDefault(input)
                ? new Problem(IstioCodes.NamespaceInjectionEnabledByDefault, key, "metadata.labels", "is enabled for Istio injection, as Istio is installed with default injection.", $"kubectl label namespace {name} istio-injection=disabled, if it should not be")
                : new Problem(
                    IstioCodes.NamespaceNotInjected, key, "metadata.labels", $"The namespace is not enabled for Istio injection. Run 'kubectl label namespace {name} istio-injection=enabled' to enable it, or 'kubectl label namespace {name} istio-injection=disabled' to explicitly mark it as not needing injection.", "label it either way");
        }

        foreach (var pod in IsInjected(ns) ? input.Pods.Where(pod => pod.IsPod && pod.Namespace == name && IsMissing(pod)) : [])
        {
            yield return new Problem(
                IstioCodes.PodMissingProxy, AnalysisInput.KeyOf(pod.Owner), "", $"The pod {pod.Name} is missing the Istio proxy. This can often be resolved by restarting or redeploying the workload.", $"kubectl delete pod -n {name} {pod.Name}");
        }
    }

    private static bool IsMissing(PodFacts pod) =>
        !pod.HasProxy && pod.Template.Text("spec", "hostNetwork") != "true"
        && pod.Labels.GetValueOrDefault(InjectLabel) != "false" && pod.Annotations.GetValueOrDefault(InjectLabel) != "false"
        && pod.Owner.Text("status", "phase") is not ("Succeeded" or "Failed");

    private static bool IsInjected(JsonObject ns)
    {
        var labels = ns.At("metadata", "labels").TextMap();
        return labels.GetValueOrDefault("istio-injection") == "enabled" || (labels.ContainsKey("istio.io/rev") && labels.GetValueOrDefault("istio-injection") != "disabled");
    }

    private static bool IsInjectedHere(PodFacts pod, AnalysisInput input)
    {
        var ns = input.Of("Namespace").FirstOrDefault(ns => ns.Text("metadata", "name") == pod.Namespace);
        return pod.Labels.GetValueOrDefault(InjectLabel) is { } own ? own == "true" : pod.Labels.ContainsKey("istio.io/rev") || (ns is not null && IsInjected(ns));
    }

    /// <summary>A webhook without the condition that a namespace is labelled.</summary>
    private static bool IsDefault(AnalysisInput input) => input.Of("MutatingWebhookConfiguration").SelectMany(configuration => configuration["webhooks"].Objects())
        .Any(webhook => webhook.Text("name") == "namespace.sidecar-injector.istio.io"
            && webhook.At("namespaceSelector", "matchExpressions").Objects().Any(term => term.Text("key") == "istio-injection" && term.Text("operator") == "DoesNotExist"));

    private static string WantedImage(AnalysisInput input) => input.Of("Deployment").Where(deployment => deployment.Text("metadata", "labels", "app") == "istiod")
        .SelectMany(deployment => deployment.At("spec", "template", "spec", "containers").Objects()).SelectMany(container => container["env"].Objects())
        .FirstOrDefault(variable => variable.Text("name") == "PROXY_IMAGE")?.Text("value") ?? "";

    private static bool IsSystem(string name, AnalysisInput input) => SystemNamespaces.Contains(name) || name == input.Mesh.RootNamespace;
}
