using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Analysis;

/// <summary>Fields and versions that Istio or Kubernetes have given up, with what takes their place.</summary>
internal static class DeprecationAnalysis
{
    private static readonly (string Kind, string Path, string Instead)[] Fields =
    [
        ("VirtualService", "spec.http.*.mirrorPercent", "mirrorPercentage"),
        ("VirtualService", "spec.http.*.mirror_percent", "mirrorPercentage"),
        ("VirtualService", "spec.http.*.fault.delay.percent", "fault.delay.percentage"),
        ("VirtualService", "spec.http.*.fault.abort.percent", "fault.abort.percentage"),
        ("VirtualService", "spec.http.*.corsPolicy.allowOrigin", "corsPolicy.allowOrigins"),
        ("VirtualService", "spec.tcp.*.match.*.sourceSubnet", "an AuthorizationPolicy: it has no effect"),
        ("DestinationRule", "spec.trafficPolicy.outlierDetection.consecutiveErrors", "consecutive5xxErrors or consecutiveGatewayErrors"),
        ("DestinationRule", "spec.subsets.*.trafficPolicy.outlierDetection.consecutiveErrors", "consecutive5xxErrors or consecutiveGatewayErrors"),
        ("DestinationRule", "spec.trafficPolicy.loadBalancer.warmupDurationSecs", "warmup.duration"),
        ("DestinationRule", "spec.trafficPolicy.loadBalancer.consistentHash.minimumRingSize", "ringHash.minimumRingSize"),
        ("Gateway", "spec.servers.*.port.targetPort", "the Service's targetPort: it has no effect"),
    ];

    private static readonly (string ApiVersion, string Instead)[] Versions =
    [
        ("extensions/v1beta1", "apps/v1 or networking.k8s.io/v1"), ("apps/v1beta1", "apps/v1"), ("apps/v1beta2", "apps/v1"), ("networking.k8s.io/v1beta1", "networking.k8s.io/v1"),
    ];

    public static IEnumerable<Problem> Of(AnalysisInput input) => OfFields(input).Concat(OfVersions(input)).Concat(OfClass(input));

    private static IEnumerable<Problem> OfFields(AnalysisInput input)
    {
        foreach (var (kind, pattern, instead) in Fields)
        {
            foreach (var item in input.Of(kind, "istio.io"))
            {
                foreach (var path in Paths(item, pattern.Split('.'), ""))
                {
                    yield return new Problem(IstioCodes.Deprecated, AnalysisInput.KeyOf(item), path, $"Deprecated: use of {path} is deprecated; use {instead} instead", "write " + instead);
                }
            }
        }
    }

    private static IEnumerable<Problem> OfVersions(AnalysisInput input) =>
        from version in Versions
        from item in input.Objects
        where item.Text("apiVersion") == version.ApiVersion
        select new Problem(IstioCodes.Deprecated, AnalysisInput.KeyOf(item), "apiVersion", $"Deprecated: {version.ApiVersion} {item.Text("kind")} is a version of the past; use {version.Instead}", $"write apiVersion: {version.Instead}");

    private static IEnumerable<Problem> OfClass(AnalysisInput input) =>
        input.Of("Ingress").Where(ingress => ingress.At("metadata", "annotations").TextMap().ContainsKey("kubernetes.io/ingress.class")).Select(ingress => new Problem(
            IstioCodes.Deprecated, AnalysisInput.KeyOf(ingress), "metadata.annotations.kubernetes.io/ingress.class", "Deprecated: the annotation kubernetes.io/ingress.class has been replaced by spec.ingressClassName", "write spec.ingressClassName"));

    private static IEnumerable<string> Paths(JsonNode? node, ReadOnlyMemory<string> pattern, string path)
    {
        if (pattern.IsEmpty)
        {
            return node is null ? [] : [path];
        }

        var (part, rest) = (pattern.Span[0], pattern[1..]);
        return part == "*"
            ? (node as JsonArray ?? []).SelectMany((item, i) => Paths(item, rest, $"{path}[{i}]"))
            : Paths(node.At(part), rest, path.Length == 0 ? part : $"{path}.{part}");
    }
}
