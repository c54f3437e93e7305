using System.Globalization;
using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Analysis;

/// <summary>Annotations of Istio's: whether they exist, stand on the right kind, and have a value that means something.</summary>
internal static class AnnotationAnalysis
{
    public static IEnumerable<Problem> Of(AnalysisInput input) => input.Objects.SelectMany(OfObject);

    private static IEnumerable<Problem> OfObject(JsonObject item)
    {
        foreach (var problem in Check(item, item.Text("kind"), item.At("metadata", "annotations").TextMap(), "metadata.annotations."))
        {
            yield return problem;
        }

        if (item.Text("kind") != "Pod" && item.At("spec", "template") is JsonObject template)
        {
            foreach (var problem in Check(item, "Pod", template.At("metadata", "annotations").TextMap(), "spec.template.metadata.annotations."))
            {
                yield return problem;
            }
        }
    }

    private static IEnumerable<Problem> Check(JsonObject item, string kind, Dictionary<string, string> annotations, string path)
    {
        var key = AnalysisInput.KeyOf(item);
        foreach (var (name, value) in annotations.Where(annotation => IsIstios(annotation.Key)))
        {
            if (!IstioAnnotations.ByName.TryGetValue(name, out var known))
            {
                yield return new Problem(IstioCodes.UnknownAnnotation, key, path + name, $"Unknown annotation: {name}", NearNames.Of(name, IstioAnnotations.ByName.Keys) is { Count: > 0 } near ? $"did you mean {string.Join(" or ", near)}?" : "remove it: it has no effect");
                continue;
            }

            if (known.Kinds.Count > 0 && !known.Kinds.Contains(kind))
            {
                yield return new Problem(IstioCodes.MisplacedAnnotation, key, path + name, $"Misplaced annotation: {name} can only be applied to {string.Join(", ", known.Kinds)}", kind == "Deployment" && known.Kinds.Contains("Pod") ? "move it to spec.template.metadata.annotations" : "move it there");
            }

            if (known.Complaint(value) is { } complaint)
            {
                yield return new Problem(IstioCodes.InvalidAnnotation, key, path + name, $"Invalid annotation {name}: {complaint}", "correct the value");
            }

            if (known.IsDeprecated)
            {
                yield return new Problem(IstioCodes.DeprecatedAnnotation, key, path + name, $"Annotation \"{name}\" has been deprecated and may not work in future Istio versions.", "remove it");
            }
        }
    }

    // Written by the mesh itself, or by others under istio.io's names for their own purposes.
    private static bool IsIstios(string name)
    {
        var domain = name.Split('/')[0];
        return domain.EndsWith("istio.io", StringComparison.Ordinal) && domain is not ("internal.istio.io" or "install.istio.io" or "operator.istio.io");
    }
}

/// <summary>An annotation that Istio documents.</summary>
/// <param name="Kinds">Where it has a meaning; empty for any kind.</param>
/// <param name="Complaint">What is wrong with a value; null when nothing.</param>
/// <param name="IsDeprecated">Whether it is on its way out.</param>
internal sealed record IstioAnnotation(IReadOnlyList<string> Kinds, Func<string, string?> Complaint, bool IsDeprecated = false);

/// <summary>The annotations that Istio 1.31 documents (istio.io, Resource Annotations).</summary>
internal static class IstioAnnotations
{
    private static readonly string[] Any = [];
    private static readonly string[] Pod = ["Pod"];
    private static readonly string[] Service = ["Service", "ServiceEntry", "Namespace"];

    public static IReadOnlyDictionary<string, IstioAnnotation> ByName { get; } = new Dictionary<string, IstioAnnotation>(StringComparer.Ordinal)
    {
        ["ambient.istio.io/bypass-inbound-capture"] = new(Pod, Boolean),
        ["ambient.istio.io/dns-capture"] = new(Pod, Boolean),
        ["ambient.istio.io/redirection"] = new(Pod, Nothing),
        ["ambient.istio.io/waypoint-inbound-binding"] = new(["Gateway", "GatewayClass"], Nothing),
        ["galley.istio.io/analyze-suppress"] = new(Any, Nothing),
        ["gateway.istio.io/controller-version"] = new(["Gateway"], Nothing),
        ["gateway.istio.io/name-override"] = new(["Gateway"], Nothing),
        ["gateway.istio.io/service-account"] = new(["Gateway"], Nothing),
        ["gateway.istio.io/tls-terminate-mode"] = new(["Gateway"], Nothing),
        ["inject.istio.io/templates"] = new(Pod, Nothing),
        ["istio.io/autoRegistrationGroup"] = new(["WorkloadEntry"], Nothing),
        ["istio.io/connectedAt"] = new(["WorkloadEntry"], Nothing),
        ["istio.io/connect-strategy"] = new(Service, Nothing),
        ["istio.io/disconnectedAt"] = new(["WorkloadEntry"], Nothing),
        ["istio.io/dry-run"] = new(["AuthorizationPolicy"], Boolean),
        ["istio.io/for-service-account"] = new(["Gateway"], Nothing),
        ["istio.io/ignore-policy-attachment"] = new(Any, Boolean),
        ["istio.io/reroute-virtual-interfaces"] = new(Pod, Nothing),
        ["istio.io/rev"] = new(Any, Nothing),
        ["istio.io/workloadController"] = new(["WorkloadEntry"], Nothing),
        ["networking.istio.io/address-type"] = new(["Gateway"], Nothing),
        ["networking.istio.io/exportTo"] = new(["Service"], Nothing),
        ["networking.istio.io/service-type"] = new(["Gateway"], Nothing),
        ["networking.istio.io/traffic-distribution"] = new(Service, Nothing),
        ["prometheus.istio.io/merge-metrics"] = new(Pod, Boolean),
        ["proxy.istio.io/config"] = new(Pod, Yaml),
        ["proxy.istio.io/overrides"] = new(Pod, Nothing),
        ["readiness.status.sidecar.istio.io/applicationPorts"] = new(Pod, Ports),
        ["readiness.status.sidecar.istio.io/failureThreshold"] = new(Pod, Number),
        ["readiness.status.sidecar.istio.io/initialDelaySeconds"] = new(Pod, Number),
        ["readiness.status.sidecar.istio.io/periodSeconds"] = new(Pod, Number),
        ["security.istio.io/autoMTLS"] = new(Pod, Nothing),
        ["sidecar.istio.io/agentLogLevel"] = new(Pod, Nothing),
        ["sidecar.istio.io/bootstrapOverride"] = new(Pod, Nothing),
        ["sidecar.istio.io/componentLogLevel"] = new(Pod, Nothing),
        ["sidecar.istio.io/controlPlaneAuthPolicy"] = new(Pod, Nothing, IsDeprecated: true),
        ["sidecar.istio.io/discoveryAddress"] = new(Pod, Nothing, IsDeprecated: true),
        ["sidecar.istio.io/enableCoreDump"] = new(Pod, Boolean),
        ["sidecar.istio.io/extraStatTags"] = new(Pod, Nothing),
        ["sidecar.istio.io/inject"] = new(Pod, Boolean, IsDeprecated: false),
        ["sidecar.istio.io/interceptionMode"] = new(Pod, Mode),
        ["sidecar.istio.io/logLevel"] = new(Pod, Nothing),
        ["sidecar.istio.io/nativeSidecar"] = new(Pod, Boolean),
        ["sidecar.istio.io/proxyCPU"] = new(Pod, Nothing),
        ["sidecar.istio.io/proxyCPULimit"] = new(Pod, Nothing),
        ["sidecar.istio.io/proxyImage"] = new(Pod, Nothing),
        ["sidecar.istio.io/proxyImageType"] = new(Pod, Nothing),
        ["sidecar.istio.io/proxyMemory"] = new(Pod, Nothing),
        ["sidecar.istio.io/proxyMemoryLimit"] = new(Pod, Nothing),
        ["sidecar.istio.io/rewriteAppHTTPProbers"] = new(Pod, Boolean),
        ["sidecar.istio.io/statsCompression"] = new(Pod, Boolean),
        ["sidecar.istio.io/statsHistogramBuckets"] = new(Pod, Nothing),
        ["sidecar.istio.io/statsInclusionPrefixes"] = new(Pod, Nothing, IsDeprecated: true),
        ["sidecar.istio.io/statsInclusionRegexps"] = new(Pod, Nothing, IsDeprecated: true),
        ["sidecar.istio.io/statsInclusionSuffixes"] = new(Pod, Nothing, IsDeprecated: true),
        ["sidecar.istio.io/status"] = new(Pod, Nothing),
        ["sidecar.istio.io/userVolume"] = new(Pod, Yaml),
        ["sidecar.istio.io/userVolumeMount"] = new(Pod, Yaml),
        ["status.sidecar.istio.io/port"] = new(Pod, Number),
        ["topology.istio.io/controlPlaneClusters"] = new(["Namespace"], Nothing),
        ["traffic.istio.io/nodeSelector"] = new(["Service"], Yaml),
        ["traffic.sidecar.istio.io/excludeInboundPorts"] = new(Pod, Ports),
        ["traffic.sidecar.istio.io/excludeInterfaces"] = new(Pod, Nothing),
        ["traffic.sidecar.istio.io/excludeOutboundIPRanges"] = new(Pod, Ranges),
        ["traffic.sidecar.istio.io/excludeOutboundPorts"] = new(Pod, Ports),
        ["traffic.sidecar.istio.io/includeInboundPorts"] = new(Pod, Ports),
        ["traffic.sidecar.istio.io/includeOutboundIPRanges"] = new(Pod, Ranges),
        ["traffic.sidecar.istio.io/includeOutboundPorts"] = new(Pod, Ports),
        ["traffic.sidecar.istio.io/kubevirtInterfaces"] = new(Pod, Nothing, IsDeprecated: true),
    };

    private static string? Nothing(string value) => null;

    private static string? Boolean(string value) => value is "true" or "false" or "True" or "False" or "1" or "0" or "yes" or "no" or "enabled" or "disabled" or "" ? null : $"'{value}' is neither true nor false";

    private static string? Number(string value) => uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? null : $"'{value}' is not a number";

    private static string? Mode(string value) => value is "REDIRECT" or "TPROXY" or "NONE" ? null : $"'{value}' is none of REDIRECT, TPROXY and NONE";

    private static string? Ports(string value) => value is "*" or "" || value.Split(',', StringSplitOptions.TrimEntries).All(port => ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        ? null
        : $"'{value}' is no list of ports";

    private static string? Ranges(string value) => value is "*" or "" || value.Split(',', StringSplitOptions.TrimEntries).All(range => System.Net.IPNetwork.TryParse(range, out _))
        ? null
        : $"'{value}' is no list of address ranges";

    private static string? Yaml(string value)
    {
        try
        {
            ResourceReader.ReadValue(value, "the annotation");
            return null;
        }
        catch (FormatException error)
        {
            return error.Message;
        }
    }
}
