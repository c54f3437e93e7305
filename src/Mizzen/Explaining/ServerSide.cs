using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Mizzen.Inspection;
using Mizzen.Pods;
using Mizzen.Resources.Reading;

namespace Mizzen.Explaining;

/// <summary>What becomes of a request at the proxy of an endpoint that it may be sent to: encryption, access, tokens.</summary>
/// <param name="Pod">The endpoint's pod.</param>
/// <param name="Connection">How it arrives.</param>
/// <param name="Access">Whether it is let in, and which policy says so.</param>
/// <param name="Tokens">Whose tokens are looked at; empty where none are.</param>
internal sealed partial record ServerSide(string Pod, string Connection, string Access, string Tokens)
{
    private const string HttpManager = "envoy.filters.network.http_connection_manager";

    private static readonly string[] HttpProtocols = ["istio-http/1.0", "istio-http/1.1", "istio-h2"];

    /// <summary>The question to the endpoint's proxy.</summary>
    /// <param name="request">The request.</param>
    /// <param name="client">Who sends it.</param>
    /// <param name="trustDomain">The client's.</param>
    /// <param name="endpoint">Where it is sent.</param>
    public static JsonObject Question(RequestToExplain request, Pod client, string trustDomain, EndpointToAsk endpoint)
    {
        var question = request.ToJson(endpoint.Address);
        _ = question.Remove("serverName");
        question["inbound"] = true;
        var address = client.Object.Text("status", "podIP");
        question["client"] = new JsonObject
        {
            ["address"] = address.Length == 0 ? "0.0.0.0" : address,
            ["principal"] = endpoint.IsMutual ? Principal(client, trustDomain) : "",
        };
        if (endpoint.IsMutual)
        {
            question["serverName"] = endpoint.ServerName;
            question["applicationProtocols"] = new JsonArray([.. (request.IsHttp ? HttpProtocols : endpoint.Protocols).Select(JsonNode (protocol) => protocol)]);
        }

        return question;
    }

    /// <summary>The answer in words.</summary>
    public static ServerSide Of(Pod pod, Pod client, string trustDomain, EndpointToAsk endpoint, ConfigDump dump, JsonObject answer)
    {
        var listener = dump.Listeners.FirstOrDefault(each => each.Text("name") == answer.Text("listener"));
        var chain = answer.Number("chain") is { } index and >= 0 ? listener?["filter_chains"].Objects().ElementAtOrDefault(index) : null;
        var connection = endpoint.IsMutual ? $"mutual TLS as {Principal(client, trustDomain)}" : "plain text";
        return answer.Text("end") is { Length: > 0 } end && answer["access"] is null
            ? new ServerSide(pod.ToString(), connection, $"refused: {end}", "")
            : new ServerSide(pod.ToString(), connection, Verdict(answer["access"]), Issuers(chain));
    }

    private static string Principal(Pod client, string trustDomain) =>
        $"spiffe://{trustDomain}/ns/{client.Namespace}/sa/{(client.Object.Text("spec", "serviceAccountName") is { Length: > 0 } account ? account : "default")}";

    private static string Verdict(JsonNode? access)
    {
        var verdicts = access.Objects().ToList();
        var rehearsed = verdicts.Where(verdict => verdict.Text("shadow") == "true" && verdict.Text("policy").Length > 0).Select(verdict => PolicyText(verdict.Text("policy"))).ToList();
        var enforced = verdicts.Where(verdict => verdict.Text("shadow") != "true").ToList();
        var notes = rehearsed.Count == 0 ? "" : $" ({string.Join(", ", rehearsed)} is only rehearsed or asks somebody)";
        if (enforced.Find(verdict => verdict.Text("refused") == "true") is { } refused)
        {
            return (refused.Text("policy") is { Length: > 0 } policy ? $"refused (403) by {PolicyText(policy)}" : "refused (403): there are ALLOW policies, and none matches") + notes;
        }

        var allowed = enforced.Where(verdict => verdict.Text("action") == "ALLOW").Select(verdict => PolicyText(verdict.Text("policy"))).ToList();
        return (allowed.Count == 0 ? "allowed: no policy refuses it" : $"allowed by {string.Join(" and ", allowed)}") + notes;
    }

    private static string PolicyText(string name) => PolicyPattern.Match(name) is { Success: true } match
        ? $"AuthorizationPolicy {match.Groups["ns"].Value}/{match.Groups["name"].Value} rules[{match.Groups["rule"].Value}]"
        : name;

    private static string Issuers(JsonObject? chain) => string.Join(", ", (chain?["filters"].Objects() ?? [])
        .Where(filter => filter.Text("name") == HttpManager)
        .SelectMany(filter => filter.At("typed_config", "http_filters").Objects())
        .Where(filter => filter.Text("name").EndsWith("jwt_authn", StringComparison.Ordinal))
        .SelectMany(filter => filter.At("typed_config", "providers") as JsonObject ?? [])
        .Select(provider => provider.Value.Text("issuer")).Distinct().Select(issuer => $"of {issuer} are checked; wrong ones are refused (401)"));

    [GeneratedRegex(@"^(istio-ext-authz-)?ns\[(?<ns>[^\]]*)\]-policy\[(?<name>[^\]]*)\]-rule\[(?<rule>\d+)\]", RegexOptions.CultureInvariant)]
    private static partial Regex PolicyPattern { get; }
}

/// <summary>An endpoint of a cluster, and how the client speaks to it.</summary>
/// <param name="Address">address:port.</param>
/// <param name="IsMutual">Over mutual TLS of the mesh.</param>
/// <param name="ServerName">The name that the client asks for.</param>
/// <param name="Protocols">What it offers by ALPN.</param>
internal sealed record EndpointToAsk(string Address, bool IsMutual, string ServerName, IReadOnlyList<string> Protocols)
{
    /// <summary>The first endpoint of a cluster, a healthy one if there is any; null when there is none.</summary>
    public static EndpointToAsk? Of(ConfigDump dump, string cluster)
    {
        var message = dump.Clusters.FirstOrDefault(each => each.Text("name") == cluster);
        var service = message.Text("eds_cluster_config", "service_name") is { Length: > 0 } own ? own : cluster;
        var assignment = message?["load_assignment"] as JsonObject ?? dump.Endpoints.FirstOrDefault(each => each.Text("cluster_name") == service);
        var endpoint = assignment?["endpoints"].Objects().SelectMany(locality => locality["lb_endpoints"].Objects())
            .OrderBy(each => each.Text("health_status") is "" or "UNKNOWN" or "HEALTHY" ? 0 : 1).FirstOrDefault();
        var address = endpoint.At("endpoint", "address", "socket_address");
        if (address is null)
        {
            return null;
        }

        var tls = Socket(message!, endpoint!).At("typed_config");
        var protocols = tls.At("common_tls_context", "alpn_protocols").Texts().ToList();
        return new EndpointToAsk(
            string.Create(CultureInfo.InvariantCulture, $"{Bracketed(address.Text("address"))}:{address.Text("port_value")}"), protocols.Contains("istio"), tls.Text("sni"), protocols);
    }

    // The first whose labels the endpoint has.
    private static JsonNode? Socket(JsonObject cluster, JsonObject endpoint)
    {
        var labels = endpoint.At("metadata", "filter_metadata", "envoy.transport_socket_match") as JsonObject ?? [];
        return cluster["transport_socket_matches"].Objects()
            .FirstOrDefault(match => (match["match"] as JsonObject ?? []).All(label => labels[label.Key]?.ToString() == label.Value?.ToString()))?["transport_socket"] ?? cluster["transport_socket"];
    }

    private static string Bracketed(string address) => address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address;
}
