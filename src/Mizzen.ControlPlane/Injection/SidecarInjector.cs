using System.Globalization;
using System.Text.Json.Nodes;
using Mizzen.Resources;
using Mizzen.Resources.Core;

namespace Mizzen.ControlPlane.Injection;

/// <summary>
/// Puts the proxy into a pod: a pure function from pod to pod, used by the webhook and by everything that injects files. Works on JSON,
/// so that nothing of the pod is lost that this program does not know.
/// </summary>
public static class SidecarInjector
{
    /// <summary>The pod with a proxy, or an unchanged copy where its own fields or the policy say that it gets none.</summary>
    /// <param name="pod">A pod, or a pod template (metadata and spec).</param>
    /// <param name="ns">The namespace that it will be in.</param>
    /// <param name="settings">What to put in.</param>
    /// <exception cref="FormatException">An annotation cannot be understood; the message names it.</exception>
    public static JsonObject Inject(JsonObject pod, string ns, InjectionSettings settings)
    {
        ArgumentNullException.ThrowIfNull(pod);
        ArgumentNullException.ThrowIfNull(settings);
        var typed = ResourceJson.FromNode<Pod>(pod);
        var injected = pod.DeepClone().AsObject();
        if (InjectionDecision.For(typed, ns, settings).Injects)
        {
            Inject(injected, PodFacts.Read(typed, ns, settings));
        }

        return injected;
    }

    private static void Inject(JsonObject pod, PodFacts facts)
    {
        var metadata = Child(pod, "metadata");
        var spec = Child(pod, "spec");
        var containers = List(spec, "containers");
        var scrape = PrometheusScrape.Of(facts);
        AddLabels(Child(metadata, "labels"), facts);
        var probers = RewriteProbes(containers, facts);
        AddAnnotations(Child(metadata, "annotations"), facts, scrape);
        AddContainers(containers, facts, ResourceJson.ToNode(ProxyContainer.For(facts, probers, scrape is { HasApplication: true } ? scrape : null)));
        if (facts.IsRedirected)
        {
            List(spec, "initContainers").Insert(0, ResourceJson.ToNode(InitContainer.For(facts)));
        }

        AddVolumes(List(spec, "volumes"), facts);
    }

    private static void AddLabels(JsonObject labels, PodFacts facts)
    {
        var app = Text(labels, "app.kubernetes.io/name") ?? Text(labels, "app") ?? facts.Workload;
        var version = Text(labels, "app.kubernetes.io/version") ?? Text(labels, "version") ?? "latest";
        labels.TryAdd(Names.CanonicalName, app);
        labels.TryAdd(Names.CanonicalRevision, version);
        labels.TryAdd(Names.TlsMode, "istio");
    }

    private static IReadOnlyDictionary<string, JsonObject> RewriteProbes(JsonArray containers, PodFacts facts)
    {
        var isOff = string.Equals(facts.Annotation(Names.RewriteProbers), "false", StringComparison.OrdinalIgnoreCase);
        return isOff
            ? new Dictionary<string, JsonObject>()
            : ProbeRewriting.Apply(containers.OfType<JsonObject>().Where(container => Text(container, "name") != Names.ProxyContainer));
    }

    private static void AddAnnotations(JsonObject annotations, PodFacts facts, PrometheusScrape? scrape)
    {
        if (facts.AppContainers.Count > 0)
        {
            annotations.TryAdd(Names.DefaultContainer, facts.AppContainers[0].Name);
            annotations.TryAdd(Names.DefaultLogsContainer, facts.AppContainers[0].Name);
        }

        if (scrape is not null)
        {
            annotations[Names.PrometheusScrape] = "true";
            annotations[Names.PrometheusPort] = Names.AgentPort.ToString(CultureInfo.InvariantCulture);
            annotations[Names.PrometheusPath] = "/stats/prometheus";
        }

        annotations[Names.Revision] = facts.Settings.Revision;
        annotations[Names.Status] = new JsonObject
        {
            ["initContainers"] = facts.IsRedirected ? new JsonArray(Names.InitContainer) : null,
            ["containers"] = new JsonArray(Names.ProxyContainer),
            ["volumes"] = new JsonArray([.. ProxyVolumes.All().Select(volume => JsonValue.Create(volume.Name))]),
            ["imagePullSecrets"] = null,
            ["revision"] = facts.Settings.Revision,
        }.ToJsonString();
    }

    // First where the app is to wait for it: containers start in order.
    private static void AddContainers(JsonArray containers, PodFacts facts, JsonObject proxy)
    {
        var own = containers.OfType<JsonObject>().FirstOrDefault(container => Text(container, "name") == Names.ProxyContainer);
        if (own is not null)
        {
            containers.Remove(own);
            ContainerOverlay.Apply(proxy, own);
        }

        containers.Insert(facts.HoldsApplication ? 0 : containers.Count, proxy);
    }

    private static void AddVolumes(JsonArray volumes, PodFacts facts)
    {
        var present = volumes.OfType<JsonObject>().Select(volume => Text(volume, "name")).ToHashSet();
        var user = ProxyContainer.Parse<Volume>(facts.Annotation(Names.UserVolume), Names.UserVolume, (name, volume) => volume with { Name = name });
        foreach (var volume in ProxyVolumes.All().Concat(user).Where(volume => present.Add(volume.Name)))
        {
            volumes.Add(ResourceJson.ToNode(volume));
        }
    }

    private static string? Text(JsonObject node, string name) =>
        node[name] is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;

    private static JsonObject Child(JsonObject node, string name)
    {
        if (node[name] is not JsonObject child)
        {
            node[name] = child = [];
        }

        return child;
    }

    private static JsonArray List(JsonObject node, string name)
    {
        if (node[name] is not JsonArray list)
        {
            node[name] = list = [];
        }

        return list;
    }
}
