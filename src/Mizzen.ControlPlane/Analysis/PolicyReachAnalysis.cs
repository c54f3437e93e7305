using System.Text.Json.Nodes;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Analysis;

/// <summary>Policies that reach nobody: selectors without pods, targets and namespaces that do not exist.</summary>
internal static class PolicyReachAnalysis
{
    private const string GatewayName = "gateway.networking.k8s.io/gateway-name";
    private static readonly string[] Kinds = ["AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication", "Telemetry", "WasmPlugin", "EnvoyFilter", "ProxyConfig"];
    private static readonly string[] ReadKinds = ["AuthorizationPolicy", "RequestAuthentication"];

    /// <summary>Selectors that select nothing; those of kinds that the mesh reads are in <see cref="PolicyAnalysis"/>.</summary>
    public static IEnumerable<Problem> Workloads(AnalysisInput input)
    {
        foreach (var (policy, path, labels) in Kinds.Except(ReadKinds).SelectMany(kind => input.Of(kind)).SelectMany(Selected))
        {
            var ns = policy.Text("metadata", "namespace");
            if (!input.Pods.Any(pod => (ns == input.Mesh.RootNamespace || pod.Namespace == ns) && Labels.Include(pod.Labels, labels)))
            {
                yield return new Problem(
                    IstioCodes.NoMatchingWorkloadsFound, AnalysisInput.KeyOf(policy), path, $"No matching workloads for this resource with the following labels: {Text(labels)}", "correct the labels, or start such pods");
            }
        }
    }

    /// <summary>Namespaces of clients that do not exist.</summary>
    public static IEnumerable<Problem> Namespaces(AnalysisInput input)
    {
        var known = input.Of("Namespace").Select(ns => ns.Text("metadata", "name")).Concat(input.Pods.Select(pod => pod.Namespace)).ToHashSet(StringComparer.Ordinal);
        foreach (var policy in input.Of("AuthorizationPolicy"))
        {
            var rules = policy.At("spec", "rules").Objects().ToList();
            for (var i = 0; i < rules.Count; i++)
            {
                var sources = rules[i]["from"].Objects().ToList();
                for (var s = 0; s < sources.Count; s++)
                {
                    foreach (var ns in sources[s].At("source", "namespaces").Texts().Where(ns => !Exists(ns, known)))
                    {
                        yield return new Problem(
                            IstioCodes.ReferencedResourceNotFound, AnalysisInput.KeyOf(policy), $"spec.rules[{i}].from[{s}].source.namespaces", $"Referenced namespace not found: \"{ns}\"", NearNames.Of(ns, known) is { Count: > 0 } near ? $"did you mean {string.Join(" or ", near)}?" : "create it, or correct the name");
                    }
                }
            }
        }
    }

    /// <summary>Policies whose <c>targetRefs</c> name nothing that exists.</summary>
    public static IEnumerable<Problem> Targets(AnalysisInput input)
    {
        foreach (var policy in Kinds.SelectMany(kind => input.Of(kind)))
        {
            var targets = policy.At("spec", "targetRefs").Objects().ToList();
            for (var i = 0; i < targets.Count; i++)
            {
                var target = targets[i];
                var isThere = input.Of(target.Text("kind"), target.Text("group") is "core" ? "" : target.Text("group"))
                    .Any(item => item.Text("metadata", "name") == target.Text("name") && (target.Text("kind") == "GatewayClass" || item.Text("metadata", "namespace") == policy.Text("metadata", "namespace")));
                if (!isThere && target.Text("name") is not ("istio" or "istio-waypoint" or "mizzen"))
                {
                    yield return new Problem(
                        IstioCodes.IneffectivePolicy, AnalysisInput.KeyOf(policy), $"spec.targetRefs[{i}]", $"The policy has no effect: it is bound to {target.Text("kind")} {target.Text("name")}, which does not exist in namespace {policy.Text("metadata", "namespace")}.", "create it, or correct the name");
                }
            }
        }
    }

    /// <summary>Labels that select the pods of a Kubernetes Gateway, which takes policies by <c>targetRefs</c>.</summary>
    public static IEnumerable<Problem> Selectors(AnalysisInput input)
    {
        foreach (var (policy, path, labels) in Kinds.SelectMany(kind => input.Of(kind)).SelectMany(Selected))
        {
            var gateway = input.Pods.Where(pod => pod.Namespace == policy.Text("metadata", "namespace") && Labels.Include(pod.Labels, labels))
                .Select(pod => pod.Labels.GetValueOrDefault(GatewayName)).FirstOrDefault(name => name is not null);
            if (gateway is not null && policy.Text("kind") is not ("EnvoyFilter" or "ProxyConfig"))
            {
                yield return new Problem(
                    IstioCodes.IneffectiveSelector, AnalysisInput.KeyOf(policy), path, $"Ineffective selector on Kubernetes Gateway {gateway}. Use the TargetRef field instead.", $"targetRefs: [{{group: gateway.networking.k8s.io, kind: Gateway, name: {gateway}}}]");
            }
        }
    }

    /// <summary>Keys that the control plane fetches from wherever a user says.</summary>
    public static IEnumerable<Problem> Keys(AnalysisInput input)
    {
        var isRestricted = input.Of("Deployment").Where(deployment => deployment.Text("metadata", "labels", "app") == "istiod")
            .SelectMany(deployment => deployment.At("spec", "template", "spec", "containers").Objects()).SelectMany(container => container["env"].Objects())
            .Any(variable => variable.Text("name") == "BLOCKED_CIDRS_IN_JWKS_URIS" && variable.Text("value").Length > 0);
        foreach (var policy in isRestricted ? [] : input.Of("RequestAuthentication"))
        {
            var rules = policy.At("spec", "jwtRules").Objects().ToList();
            var index = rules.FindIndex(rule => rule.Text("jwksUri").Length > 0);
            if (index >= 0)
            {
                yield return new Problem(
                    IstioCodes.JwksUriFetchUnrestricted, AnalysisInput.KeyOf(policy), $"spec.jwtRules[{index}].jwksUri", "The JWKS URI is fetched by the control plane without restriction of the addresses that it may reach.", "set BLOCKED_CIDRS_IN_JWKS_URIS of istiod, or give the keys in jwks");
            }
        }
    }

    private static IEnumerable<(JsonObject Policy, string Path, IReadOnlyDictionary<string, string> Labels)> Selected(JsonObject policy)
    {
        foreach (var (path, labels) in new[] { ("spec.selector", policy.At("spec", "selector", "matchLabels")), ("spec.workloadSelector", policy.At("spec", "workloadSelector", "labels")) })
        {
            if (labels is JsonObject { Count: > 0 })
            {
                yield return (policy, path, labels.TextMap());
            }
        }
    }

    private static bool Exists(string pattern, HashSet<string> known) => pattern == "*" || known.Contains(pattern)
        || (pattern.StartsWith('*') && known.Any(ns => ns.EndsWith(pattern[1..], StringComparison.Ordinal)))
        || (pattern.EndsWith('*') && known.Any(ns => ns.StartsWith(pattern[..^1], StringComparison.Ordinal)));

    private static string Text(IReadOnlyDictionary<string, string> labels) => string.Join(",", labels.Order().Select(label => $"{label.Key}={label.Value}"));
}
