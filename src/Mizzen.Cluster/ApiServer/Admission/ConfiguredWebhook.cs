using System.Text.Json.Nodes;
using Mizzen.Cluster.ApiServer.Kinds;
using Mizzen.Cluster.ApiServer.Objects;
using Mizzen.Cluster.ApiServer.Selectors;
using Mizzen.Resources.Admission;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.ApiServer.Admission;

/// <summary>A webhook and the configuration that it stands in.</summary>
internal sealed record ConfiguredWebhook(string Configuration, Webhook Webhook)
{
    public string Name => Webhook.Name;

    /// <summary>Whether a failing call lets the request pass.</summary>
    public bool IgnoresFailure => Webhook.FailurePolicy == "Ignore";

    public bool IsReinvoked => Webhook.ReinvocationPolicy == "IfNeeded";

    /// <summary>
    /// The version in which the webhook wants the object, or null when it does not want it at all: a rule names the request's version,
    /// or (matchPolicy Equivalent) another served version of the same kind.
    /// </summary>
    public string? VersionFor(AdmissionAttributes attributes, IEnumerable<string> servedVersions)
    {
        var versions = Webhook.MatchPolicy == "Exact" ? [attributes.Kind.Version] : servedVersions.Prepend(attributes.Kind.Version);
        return versions.FirstOrDefault(version => (Webhook.Rules ?? []).Any(rule => Matches(rule, attributes, version)));
    }

    /// <summary>Whether object and namespace are among those selected.</summary>
    /// <param name="attributes">The request.</param>
    /// <param name="node">The object; null for a deletion.</param>
    /// <param name="old">The object as it was.</param>
    /// <param name="namespaceLabels">The labels of the object's namespace.</param>
    public bool Selects(AdmissionAttributes attributes, JsonObject? node, JsonObject? old, IReadOnlyDictionary<string, string> namespaceLabels)
    {
        var isNamespace = attributes.Kind.Is("", "namespaces");
        if (attributes.Kind.Namespaced || isNamespace)
        {
            var labels = isNamespace ? LabelsOf(node ?? old) : namespaceLabels;
            if (!(Webhook.NamespaceSelector ?? new LabelSelector()).Matches(labels))
            {
                return false;
            }
        }

        return Webhook.ObjectSelector is not { } selector
            || (node is not null && selector.Matches(LabelsOf(node)))
            || (old is not null && selector.Matches(LabelsOf(old)));
    }

    private static Dictionary<string, string> LabelsOf(JsonObject? node) => LabelSelection.LabelsOf(node.Child("metadata").Child("labels"));

    private static bool Matches(RuleWithOperations rule, AdmissionAttributes attributes, string version) =>
        Contains(rule.Operations, attributes.Operation)
        && Contains(rule.ApiGroups, attributes.Kind.Group)
        && Contains(rule.ApiVersions, version)
        && (rule.Resources ?? []).Any(pattern => MatchesResource(pattern, attributes.Kind, attributes.Subresource))
        && rule.Scope switch { "Cluster" => !attributes.Kind.Namespaced, "Namespaced" => attributes.Kind.Namespaced, _ => true };

    private static bool Contains(IReadOnlyList<string>? values, string value) => values is not null && (values.Contains("*") || values.Contains(value));

    // "pods" is the pod alone, "pods/status" one subresource, "*" every resource without subresources, "*/*" everything.
    private static bool MatchesResource(string pattern, ServedKind kind, string? subresource)
    {
        var slash = pattern.IndexOf('/', StringComparison.Ordinal);
        var resource = slash < 0 ? pattern : pattern[..slash];
        var sub = slash < 0 ? null : pattern[(slash + 1)..];
        return (resource == "*" || resource == kind.Plural) && (sub == subresource || sub == "*");
    }
}
