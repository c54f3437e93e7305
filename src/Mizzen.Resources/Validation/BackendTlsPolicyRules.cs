using Mizzen.Resources.GatewayApi;

namespace Mizzen.Resources.Validation;

/// <summary>Rules of BackendTLSPolicies.</summary>
internal static class BackendTlsPolicyRules
{
    public static void Check(BackendTlsPolicySpec spec, Findings findings)
    {
        Targets(spec.TargetRefs ?? [], findings);
        var validation = spec.Validation;
        var hasRefs = validation.CaCertificateRefs is { Count: > 0 };
        var hasWellKnown = validation.WellKnownCACertificates is { Length: > 0 };
        if (hasRefs == hasWellKnown)
        {
            findings.Error(
                "spec.validation", hasRefs ? "there are both caCertificateRefs and wellKnownCACertificates" : "there is neither caCertificateRefs nor wellKnownCACertificates", "say who vouches for the backends in one of them");
        }

        findings.Host("spec.validation.hostname", validation.Hostname, wildcardAllowed: false);
        var names = validation.SubjectAltNames ?? [];
        for (var i = 0; i < names.Count; i++)
        {
            Name($"spec.validation.subjectAltNames[{i}]", names[i], findings);
        }
    }

    private static void Targets(IReadOnlyList<PolicyTargetReference> targets, Findings findings)
    {
        if (targets.Count == 0)
        {
            findings.Error("spec.targetRefs", "a policy needs a target", "name a Service");
        }

        for (var i = 0; i < targets.Count; i++)
        {
            var target = targets[i];
            var same = targets.Take(i).Where(other => other.Group == target.Group && other.Kind == target.Kind && other.Name == target.Name).ToList();
            if (same.Exists(other => string.IsNullOrEmpty(other.SectionName) || string.IsNullOrEmpty(target.SectionName) || other.SectionName == target.SectionName))
            {
                findings.Error($"spec.targetRefs[{i}]", $"{target.Kind} {target.Name} stands here twice", "give each a sectionName of its own, or name the target once");
            }
        }
    }

    private static void Name(string path, SubjectAltName name, Findings findings)
    {
        var isUri = name.Type == "URI";
        if (string.IsNullOrEmpty(isUri ? name.Uri : name.Hostname))
        {
            findings.Error(path, $"a name of type {name.Type} needs {(isUri ? "uri" : "hostname")}", "give it");
        }
        else if (!string.IsNullOrEmpty(isUri ? name.Hostname : name.Uri))
        {
            findings.Error(path, $"a name of type {name.Type} has no {(isUri ? "hostname" : "uri")}", "remove it");
        }
    }
}
