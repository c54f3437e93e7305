using System.Text.Json;
using System.Text.Json.Nodes;
using Mizzen.Resources.GatewayApi;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Reading;

namespace Mizzen.Resources.Validation;

/// <summary>
/// The rules that an object of the Gateway API must keep by itself: those that the specification's own definitions enforce with CEL. Ours
/// carry none, so admission and <c>mizzen validate</c> say them; every one at once, with the field and the way out.
/// </summary>
public static class GatewayApiValidation
{
    /// <summary>The group of the kinds.</summary>
    public const string Group = "gateway.networking.k8s.io";

    private static readonly Dictionary<string, Action<JsonObject, Findings>> Rules = new(StringComparer.Ordinal)
    {
        ["Gateway"] = (node, findings) => Check<KubernetesGateway>(node, findings, item => GatewayListenerRules.Check(item.Spec!, findings)),
        ["ListenerSet"] = (node, findings) => Check<ListenerSet>(node, findings, item => GatewayListenerRules.Check(item.Spec!.Listeners, mustSayMode: true, findings)),
        ["HTTPRoute"] = (node, findings) => Check<KubernetesHttpRoute>(node, findings, item => KubernetesRouteRules.Check(item.Spec!, findings)),
        ["TLSRoute"] = (node, findings) => Check<KubernetesTlsRoute>(node, findings, item =>
        {
            KubernetesRouteRules.Hostnames(item.Spec!.Hostnames, isRequired: true, findings);
            KubernetesRouteRules.Connections(item.Spec.Rules, findings);
        }),
        ["TCPRoute"] = (node, findings) => Check<KubernetesTcpRoute>(node, findings, item => KubernetesRouteRules.Connections(item.Spec!.Rules, findings)),
        ["UDPRoute"] = (node, findings) => Check<KubernetesUdpRoute>(node, findings, item => KubernetesRouteRules.Connections(item.Spec!.Rules, findings)),
        ["BackendTLSPolicy"] = (node, findings) => Check<BackendTlsPolicy>(node, findings, item => BackendTlsPolicyRules.Check(item.Spec!, findings)),
    };

    /// <summary>Looks at one object.</summary>
    /// <param name="kind">The kind, such as <c>Gateway</c>; kinds without rules of their own have no findings.</param>
    /// <param name="resource">The object.</param>
    public static IReadOnlyList<Problem> Validate(string kind, JsonObject resource)
    {
        var document = new ResourceDocument(resource, new SourceMap("", new Dictionary<string, int>()));
        var findings = new Findings(document.Key with { Kind = kind });
        if (Rules.TryGetValue(kind, out var rules))
        {
            rules(resource, findings);
        }

        return findings.All;
    }

    private static void Check<T>(JsonObject node, Findings findings, Action<T> check)
        where T : Resource
    {
        if (node["spec"] is not JsonObject)
        {
            findings.Error("spec", "is missing", "give the object a spec");
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
}
