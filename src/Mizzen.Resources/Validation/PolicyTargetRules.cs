using Mizzen.Resources.Networking;
using Mizzen.Resources.Security;

namespace Mizzen.Resources.Validation;

/// <summary>Istio's rules for what a policy is for.</summary>
internal static class PolicyTargetRules
{
    private static readonly HashSet<(string Group, string Kind)> Allowed =
    [
        ("", "Service"), ("gateway.networking.k8s.io", "Gateway"), ("gateway.networking.k8s.io", "GatewayClass"), ("networking.istio.io", "ServiceEntry"),
    ];

    public static void Check(PolicySelector? selector, PolicyTargetReference? one, IReadOnlyList<PolicyTargetReference>? several, Findings findings)
    {
        findings.Labels("spec.selector.matchLabels", selector?.MatchLabels);
        if ((selector is null ? 0 : 1) + (one is null ? 0 : 1) + (several is { Count: > 0 } ? 1 : 0) > 1)
        {
            findings.Error("spec.targetRefs", "a policy has either a selector or targets", "keep one of selector, targetRef and targetRefs");
        }

        if (one is not null)
        {
            Check(one, "spec.targetRef", findings);
        }

        for (var i = 0; i < (several?.Count ?? 0); i++)
        {
            Check(several![i], $"spec.targetRefs[{i}]", findings);
        }

        if (selector is { MatchLabels: null or { Count: 0 } })
        {
            findings.Warn("spec.selector", "has no labels: the policy is for all workloads of the namespace", "remove the selector, or give it labels");
        }
    }

    private static void Check(PolicyTargetReference target, string path, Findings findings)
    {
        if (string.IsNullOrEmpty(target.Name))
        {
            findings.Error(path + ".name", "is missing", "name the object");
        }

        if (!Allowed.Contains((target.Group ?? "", target.Kind ?? "")))
        {
            findings.Error(path, $"a policy cannot be for a {target.Kind} of '{target.Group}'", "name a Gateway, a Service or a ServiceEntry, with its group");
        }

        if (!string.IsNullOrEmpty(target.Namespace))
        {
            findings.Error(path + ".namespace", "a policy is for objects of its own namespace", "remove it");
        }
    }
}
