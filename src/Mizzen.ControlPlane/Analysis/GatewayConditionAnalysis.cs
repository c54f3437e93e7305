using Mizzen.ControlPlane.Model.GatewayApi;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Analysis;

/// <summary>What the statuses of the Gateway API's objects will say against them, also before they are applied.</summary>
internal static class GatewayConditionAnalysis
{
    private static readonly HashSet<string> NotFound = ["BackendNotFound", "NoMatchingParent", "TargetNotFound", "InvalidCertificateRef", "InvalidCACertificateRef", "NoValidCACertificate"];
    private static readonly HashSet<string> NotSupported = ["UnsupportedProtocol", "UnsupportedValue", "UnsupportedAddress", "InvalidParameters", "InvalidKind", "InvalidCACertificateKind"];

    public static IEnumerable<Problem> Of(AnalysisInput input)
    {
        var api = input.Mesh.GatewayApi;
        return api.GatewayVerdicts.SelectMany(verdict => Own(KeyOf(verdict.Gateway, "Gateway"), verdict.Conditions).Concat(Listeners(KeyOf(verdict.Gateway, "Gateway"), verdict.Listeners)))
            .Concat(api.SetVerdicts.SelectMany(verdict => Own(KeyOf(verdict.Set, "ListenerSet"), verdict.Conditions).Concat(Listeners(KeyOf(verdict.Set, "ListenerSet"), verdict.Listeners))))
            .Concat(api.RouteVerdicts.SelectMany(verdict => verdict.Parents.SelectMany((parent, i) => parent.Conditions.SelectMany(condition => Problems(verdict.Key, $"spec.parentRefs[{i}]", condition)))))
            .Concat(api.PolicyVerdicts.SelectMany(verdict => verdict.Conditions.SelectMany(condition => Problems(KeyOf(verdict.Policy, "BackendTLSPolicy"), "spec.targetRefs", condition))));
    }

    private static ResourceKey KeyOf(Resource resource, string kind) => new(AttachedListener.Group, kind, resource.Metadata.Namespace, resource.Metadata.Name ?? "");

    private static IEnumerable<Problem> Own(ResourceKey key, IReadOnlyList<GatewayCondition> conditions) =>
        conditions.Where(condition => condition.Reason != "ListenersNotValid").SelectMany(condition => Problems(key, "spec", condition));

    private static IEnumerable<Problem> Listeners(ResourceKey key, IReadOnlyList<ListenerVerdict> listeners) => listeners.SelectMany((listener, i) => listener.Conditions
        .Where(condition => condition.Type != "Conflicted").SelectMany(condition => Problems(key, $"spec.listeners[{i}]", condition)));

    /// <summary>Whether it is programmed is known only where it runs.</summary>
    private static IEnumerable<Problem> Problems(ResourceKey key, string path, GatewayCondition condition)
    {
        if (condition is { IsTrue: false, Type: "Accepted" or "ResolvedRefs" })
        {
            var (code, fix) = NotFound.Contains(condition.Reason) ? (IstioCodes.ReferencedResourceNotFound, "create it, or correct the reference")
                : NotSupported.Contains(condition.Reason) ? (IstioCodes.NotSupported, "leave it out, or use what the message names")
                : (IstioCodes.SchemaWarning, "change this object, or the one that the message names");
            yield return new Problem(code, key, path, $"{condition.Type} is False ({condition.Reason}): {condition.Message}", fix);
        }
    }
}
