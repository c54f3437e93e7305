using System.Text.Json;
using System.Text.Json.Nodes;
using Mizzen.Resources.Core;
using Mizzen.Resources.Reading;

namespace Mizzen.ControlPlane.Injection;

/// <summary>What injection needs to know of a pod, read once.</summary>
internal sealed class PodFacts
{
    private PodFacts(Pod pod, string ns, InjectionSettings settings, JsonObject proxyConfig)
    {
        Pod = pod;
        Namespace = ns;
        Settings = settings;
        ProxyConfig = proxyConfig;
        (Workload, Owner) = WorkloadOf(pod, ns);
    }

    public Pod Pod { get; }

    public string Namespace { get; }

    public InjectionSettings Settings { get; }

    /// <summary>The proxy's settings: the mesh's defaults, and over them the pod's own (annotation <c>proxy.istio.io/config</c>),
    /// with those of ProxyConfigs.</summary>
    public JsonObject ProxyConfig { get; }

    /// <summary>The name of what made the pod: the Deployment's, not the ReplicaSet's.</summary>
    public string Workload { get; }

    /// <summary>The path of what made the pod, as Istio writes it (<c>ISTIO_META_OWNER</c>).</summary>
    public string Owner { get; }

    public IReadOnlyList<Container> AppContainers => [.. (Pod.Spec?.Containers ?? []).Where(container => container.Name != Names.ProxyContainer)];

    /// <summary>Whether the app's containers are to start after the proxy is ready.</summary>
    public bool HoldsApplication => ProxyConfig["holdApplicationUntilProxyStarts"]?.GetValueKind() == JsonValueKind.True;

    /// <summary>Whether the pod's traffic is led to the proxy; without it the app must speak to the proxy's ports itself.</summary>
    public bool IsRedirected => InterceptionMode != "NONE";

    /// <summary>REDIRECT (default), TPROXY or NONE.</summary>
    public string InterceptionMode => Annotation(Names.InterceptionMode) ?? "REDIRECT";

    /// <exception cref="FormatException">An annotation cannot be read; the message names it.</exception>
    public static PodFacts Read(Pod pod, string ns, InjectionSettings settings)
    {
        var config = settings.DefaultProxyConfig();
        var layers = new ProxyConfigLayers(settings, ns, pod.Metadata.Labels);
        Overlay(config, layers.Below);
        if (pod.Metadata.Annotations?.GetValueOrDefault(Names.ProxyConfig) is { } text)
        {
            Overlay(config, ResourceReader.ReadValue(text, "annotation " + Names.ProxyConfig) as JsonObject
                ?? throw new FormatException($"annotation {Names.ProxyConfig} must be a YAML object of Istio's ProxyConfig"));
        }

        Overlay(config, layers.Above);
        return new PodFacts(pod, ns, settings, config);
    }

    public string? Annotation(string name) => Pod.Metadata.Annotations?.GetValueOrDefault(name);

    /// <summary>An annotation that must be a number.</summary>
    public int Number(string name, int otherwise) => Annotation(name) is not { } text
        ? otherwise
        : int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new FormatException($"annotation {name} must be a whole number, not \"{text}\"");

    private static void Overlay(JsonObject config, IEnumerable<JsonObject> layers)
    {
        foreach (var layer in layers)
        {
            Overlay(config, layer);
        }
    }

    private static void Overlay(JsonObject config, JsonObject own)
    {
        foreach (var (name, value) in own)
        {
            if (config[name] is JsonObject inner && value is JsonObject ownInner)
            {
                Overlay(inner, ownInner);
            }
            else
            {
                config[name] = value?.DeepClone();
            }
        }
    }

    private static (string Name, string Owner) WorkloadOf(Pod pod, string ns)
    {
        var controller = pod.Metadata.OwnerReferences?.FirstOrDefault(owner => owner.Controller == true);
        if (controller is null)
        {
            var name = pod.Metadata.Name ?? pod.Metadata.GenerateName?.TrimEnd('-') ?? "";
            return (name, $"kubernetes://apis/v1/namespaces/{ns}/pods/{name}");
        }

        var (apiVersion, kind, owner) = (controller.ApiVersion, controller.Kind, controller.Name);
        var hash = pod.Metadata.Labels?.GetValueOrDefault("pod-template-hash");
        if (kind == "ReplicaSet" && hash is not null && owner.EndsWith("-" + hash, StringComparison.Ordinal))
        {
            (kind, owner) = ("Deployment", owner[..^(hash.Length + 1)]);
        }

        return (owner, $"kubernetes://apis/{apiVersion}/namespaces/{ns}/{kind.ToLowerInvariant()}s/{owner}");
    }
}
