using System.Text.Json;
using System.Text.Json.Nodes;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Security;

namespace Mizzen.Resources.Validation;

/// <summary>
/// The rules that an object of Istio must keep by itself, whatever else there is: what Istio's admission refuses or warns of. All findings
/// are collected, each with the field and the way out; <see cref="IstioCodes.IsError"/> tells those that refuse the object.
/// </summary>
public static class IstioValidation
{
    private static readonly Dictionary<string, Action<JsonObject, Findings>> Rules = new(StringComparer.Ordinal)
    {
        ["VirtualService"] = (node, findings) => Check<VirtualService>(node, findings, item => VirtualServiceRules.Check(item.Spec!, item.Metadata.Namespace, findings)),
        ["DestinationRule"] = (node, findings) => Check<DestinationRule>(node, findings, item =>
        {
            DestinationRuleRules.Check(item.Spec!, item.Metadata.Namespace, findings);
            ConnectionRules.Check(node["spec"], findings);
        }),
        ["Gateway"] = (node, findings) => Check<Gateway>(node, findings, item => GatewayRules.Check(item.Spec!, findings)),
        ["ServiceEntry"] = (node, findings) => Check<ServiceEntry>(node, findings, item => ServiceEntryRules.Check(item.Spec!, item.Metadata.Namespace, findings)),
        ["AuthorizationPolicy"] = (node, findings) => Check<AuthorizationPolicy>(node, findings, item => AuthorizationPolicyRules.Check(item.Spec!, findings)),
        ["RequestAuthentication"] = (node, findings) => Check<RequestAuthentication>(node, findings, item => RequestAuthenticationRules.Check(item.Spec!, findings)),
        ["Sidecar"] = (node, findings) => Check<Sidecar>(node, findings, item => SidecarRules.Check(item.Spec!, findings)),
        ["PeerAuthentication"] = (node, findings) => CheckOptional(node, findings, PeerAuthenticationRules.Check),
        ["Telemetry"] = (node, findings) => CheckOptional(node, findings, TelemetryRules.Check),
        ["EnvoyFilter"] = (node, findings) => CheckOptional(node, findings, EnvoyFilterRules.Check),
        ["WorkloadEntry"] = (node, findings) => CheckOptional(node, findings, WorkloadRules.CheckEntry),
        ["WorkloadGroup"] = (node, findings) => CheckOptional(node, findings, WorkloadRules.CheckGroup),
        ["ProxyConfig"] = (node, findings) => CheckOptional(node, findings, WorkloadRules.CheckProxyConfig),
    };

    /// <summary>Looks at one object.</summary>
    /// <param name="kind">The kind, such as <c>VirtualService</c>; kinds without rules of their own have no findings.</param>
    /// <param name="resource">The object.</param>
    public static IReadOnlyList<Problem> Validate(string kind, JsonObject resource)
    {
        var document = new ResourceDocument(resource, new SourceMap("", new Dictionary<string, int>()));
        var findings = new Findings(document.Key with { Kind = kind });
        if (Rules.TryGetValue(kind, out var rules))
        {
            SelectorRules.Annotations(resource, findings);
            rules(resource, findings);
        }

        return findings.All;
    }

    private static void Check<T>(JsonObject node, Findings findings, Action<T> check)
        where T : Resource
    {
        if (node["spec"] is not JsonObject)
        {
            findings.Error("spec", "is missing", $"give the {typeof(T).Name} a spec");
            return;
        }

        if (HasEmptyItems(node["spec"], "spec", findings))
        {
            return;
        }

        try
        {
            check(ResourceJson.FromNode<T>(node));
        }
        catch (JsonException error)
        {
            findings.Error((error.Path ?? "").TrimStart('$', '.'), "has another type than the field wants", "see the field's documentation for its type");
        }
    }

    /// <summary>Kinds whose spec may be missing: an AuthorizationPolicy without one denies everything.</summary>
    private static void CheckOptional(JsonObject node, Findings findings, Action<JsonNode?, Findings> check)
    {
        if (node["spec"] is not (null or JsonObject))
        {
            findings.Error("spec", "is not an object", "give it fields");
        }
        else if (!HasEmptyItems(node["spec"], "spec", findings))
        {
            check(node["spec"], findings);
        }
    }

    /// <summary>A list item of nothing: usually a dash whose content was forgotten.</summary>
    private static bool HasEmptyItems(JsonNode? node, string path, Findings findings)
    {
        var found = false;
        foreach (var (name, child) in node as JsonObject ?? [])
        {
            found |= HasEmptyItems(child, $"{path}.{name}", findings);
        }

        var items = node as JsonArray ?? [];
        for (var i = 0; i < items.Count; i++)
        {
            if (items[i] is null)
            {
                findings.Error($"{path}[{i}]", "is empty", "remove it, or give it its content");
                found = true;
            }

            found |= HasEmptyItems(items[i], $"{path}[{i}]", findings);
        }

        return found;
    }
}
