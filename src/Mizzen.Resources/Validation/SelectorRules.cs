using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;

namespace Mizzen.Resources.Validation;

/// <summary>Istio's rules for what policies apply to, and for annotations, which all kinds share.</summary>
internal static class SelectorRules
{
    private static readonly string[] SelectionFields = ["selector", "targetRef", "targetRefs"];
    private const int MostTargets = 16;

    private static readonly (string Group, string Kind)[] Targets =
    [
        ("gateway.networking.k8s.io", "Gateway"), ("gateway.networking.k8s.io", "GatewayClass"), ("", "Service"), ("core", "Service"), ("networking.istio.io", "ServiceEntry"),
    ];

    public static void Annotations(JsonObject resource, Findings findings)
    {
        foreach (var (name, value) in resource.At("metadata", "annotations").TextMap())
        {
            var path = $"metadata.annotations.{name}";
            if (name.StartsWith("internal.istio.io/", StringComparison.Ordinal))
            {
                findings.Error(path, "is the mesh's own: nobody else may set it", "remove it");
            }
            else if (name == "istio.io/dry-run" && resource.Text("kind") != "AuthorizationPolicy")
            {
                findings.Error(path, "is for AuthorizationPolicies only", "remove it");
            }
            else if (name == "istio.io/dry-run" && !bool.TryParse(value, out _))
            {
                findings.Error(path, $"'{value}' is neither true nor false", "write \"true\" in quotes");
            }
            else if (name == "istio.io/dry-run" && resource.Text("spec", "action") is not ("" or "ALLOW" or "DENY"))
            {
                findings.Error(path, "is possible with the actions ALLOW and DENY only", "remove it");
            }
        }
    }

    /// <summary>A policy's <c>selector</c> or <c>targetRefs</c>.</summary>
    public static void Check(JsonNode? spec, Findings findings)
    {
        var given = SelectionFields.Where(field => spec.At(field) is not null).ToList();
        if (given.Count > 1)
        {
            findings.Error("spec." + given[1], $"cannot be together with {given[0]}", "keep one of them");
        }

        var labels = spec.At("selector", "matchLabels").TextMap();
        findings.Labels("spec.selector.matchLabels", labels);
        if (spec.At("selector") is not null && labels.Count == 0)
        {
            findings.Warn("spec.selector", "has no labels: the policy applies to all workloads of the namespace", "leave it away if that is meant");
        }

        var targets = spec.At("targetRefs").Objects().ToList();
        if (targets.Count > MostTargets)
        {
            findings.Error("spec.targetRefs", $"has more than {MostTargets} entries", "make several policies");
        }

        for (var i = 0; i < targets.Count; i++)
        {
            CheckTarget(targets[i], $"spec.targetRefs[{i}]", findings);
        }

        if (spec.At("targetRef") is JsonObject target)
        {
            CheckTarget(target, "spec.targetRef", findings);
        }
    }

    private static void CheckTarget(JsonObject target, string path, Findings findings)
    {
        if (!Targets.Contains((target.Text("group"), target.Text("kind"))))
        {
            findings.Error(path, $"a policy cannot be attached to {target.Text("group")}/{target.Text("kind")}", "attach it to a Gateway (gateway.networking.k8s.io), a Service or a ServiceEntry (networking.istio.io)");
        }

        if (target.Text("name").Length == 0)
        {
            findings.Error(path + ".name", "is missing", "name the object");
        }

        if (target.Text("namespace").Length > 0)
        {
            findings.Error(path + ".namespace", "must not be given: the object is of the policy's own namespace", "remove it");
        }
    }
}
