using System.Text.Json;
using System.Text.Json.Nodes;
using Mizzen.Resources;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.ControlPlane.Injection;

/// <summary>The container <c>istio-proxy</c>.</summary>
internal static class ProxyContainer
{
    public static Container For(PodFacts pod, IReadOnlyDictionary<string, JsonObject> probers, PrometheusScrape? scrape) => new()
    {
        Name = Names.ProxyContainer,
        Image = pod.Annotation(Names.ProxyImage) ?? pod.Settings.Image,
        Args =
        [
            "proxy",
            "sidecar",
            "--domain",
            "$(POD_NAMESPACE).svc." + pod.Settings.Domain,
            "--proxyLogLevel=" + (pod.Annotation(Names.LogLevel) ?? "warning"),
            "--proxyComponentLogLevel=" + (pod.Annotation(Names.ComponentLogLevel) ?? "misc:error"),
            "--log_output_level=" + (pod.Annotation(Names.AgentLogLevel) ?? "default:info"),
        ],
        Ports = [new ContainerPort { Name = "http-envoy-prom", Port = Names.PrometheusListenerPort, Protocol = "TCP" }],
        Env = [.. ProxyEnvironment.Identity(pod.Settings), .. ProxyEnvironment.OfPod(pod, probers, scrape)],
        Resources = Resources(pod),
        ReadinessProbe = Probe(pod.Number(Names.ReadinessInitialDelay, 0), pod.Number(Names.ReadinessPeriod, 15), pod.Number(Names.ReadinessFailures, 4)),
        StartupProbe = Probe(delay: 0, period: 1, failures: 600),
        Lifecycle = pod.HoldsApplication ? WaitUntilReady() : null,
        SecurityContext = Unprivileged(),
        VolumeMounts = [.. ProxyVolumes.Mounts(), .. Parse<VolumeMount>(pod.Annotation(Names.UserVolumeMount), Names.UserVolumeMount, (name, mount) => mount with { Name = name })],
    };

    /// <summary>The proxy's requests and limits; a pod that sets any of them sets all of them, as in Istio.</summary>
    public static ResourceRequirements Resources(PodFacts pod)
    {
        var requests = Quantities(("cpu", pod.Annotation(Names.Cpu)), ("memory", pod.Annotation(Names.Memory)));
        var limits = Quantities(("cpu", pod.Annotation(Names.CpuLimit)), ("memory", pod.Annotation(Names.MemoryLimit)));
        return requests is null && limits is null
            ? new ResourceRequirements { Requests = pod.Settings.Requests, Limits = pod.Settings.Limits }
            : new ResourceRequirements { Requests = requests, Limits = limits };
    }

    /// <summary>Asks for the proxy's readiness.</summary>
    public static Probe Probe(int delay, int period, int failures) => new()
    {
        HttpGet = new HttpGetAction { Path = "/healthz/ready", Port = Names.ReadinessPort },
        InitialDelaySeconds = delay,
        PeriodSeconds = period,
        TimeoutSeconds = 3,
        FailureThreshold = failures,
    };

    /// <summary>A user of its own, without any capability.</summary>
    public static SecurityContext Unprivileged() => new()
    {
        AllowPrivilegeEscalation = false,
        Privileged = false,
        Capabilities = new Capabilities { Drop = ["ALL"] },
        ReadOnlyRootFilesystem = true,
        RunAsUser = Names.ProxyUser,
        RunAsGroup = Names.ProxyUser,
        RunAsNonRoot = true,
    };

    /// <summary>An annotation that holds a JSON object of named things.</summary>
    public static IEnumerable<T> Parse<T>(string? json, string annotation, Func<string, T, T> named)
    {
        if (string.IsNullOrEmpty(json))
        {
            return [];
        }

        try
        {
            return [.. ResourceJson.Deserialize<Dictionary<string, T>>(json).Select(entry => named(entry.Key, entry.Value))];
        }
        catch (JsonException error)
        {
            throw new FormatException($"annotation {annotation} must be a JSON object of named volumes: {error.Message}", error);
        }
    }

    private static Lifecycle WaitUntilReady() =>
        new() { PostStart = new LifecycleHandler { Exec = new ExecAction { Command = ["mizzen-proxy", "wait"] } } };

    private static Dictionary<string, IntOrString>? Quantities(params (string Name, string? Value)[] quantities)
    {
        var set = quantities.Where(quantity => quantity.Value is not null).ToDictionary(quantity => quantity.Name, quantity => new IntOrString(quantity.Value!));
        return set.Count == 0 ? null : set;
    }
}
