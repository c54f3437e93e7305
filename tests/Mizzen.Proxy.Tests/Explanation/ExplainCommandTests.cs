using System.Text.Json.Nodes;
using Mizzen.Proxy.Commands;

namespace Mizzen.Proxy.Tests.Explanation;

/// <summary>What the proxy program says about requests when it is asked instead of serving: each row is a request and its way.</summary>
public sealed class ExplainCommandTests
{
    private const string Dump = """
        {"configs": [
          {"@type": "type.googleapis.com/envoy.admin.v3.BootstrapConfigDump", "bootstrap": {"node": {"id": "x"}}},
          {"@type": "type.googleapis.com/envoy.admin.v3.ListenersConfigDump", "dynamic_listeners": [
            {"name": "virtualOutbound", "active_state": {"listener": {"@type": "type.googleapis.com/envoy.config.listener.v3.Listener", "name": "virtualOutbound", "traffic_direction": "OUTBOUND", "use_original_dst": true,
              "address": {"socket_address": {"address": "0.0.0.0", "port_value": 15001}},
              "filter_chains": [{"filters": [{"name": "envoy.filters.network.tcp_proxy", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", "stat_prefix": "t", "cluster": "PassthroughCluster"}}]}]}}},
            {"name": "0.0.0.0_80", "active_state": {"listener": {"@type": "type.googleapis.com/envoy.config.listener.v3.Listener", "name": "0.0.0.0_80", "traffic_direction": "OUTBOUND", "bind_to_port": false,
              "address": {"socket_address": {"address": "0.0.0.0", "port_value": 80}},
              "filter_chains": [{"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", "stat_prefix": "h", "normalize_path": true,
                "rds": {"route_config_name": "80", "config_source": {"ads": {}}}, "http_filters": [{"name": "envoy.filters.http.router", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}]}}]}]}}}]},
          {"@type": "type.googleapis.com/envoy.admin.v3.ListenersConfigDump", "dynamic_listeners": [
            {"name": "virtualInbound", "active_state": {"listener": {"@type": "type.googleapis.com/envoy.config.listener.v3.Listener", "name": "virtualInbound", "traffic_direction": "INBOUND",
              "address": {"socket_address": {"address": "0.0.0.0", "port_value": 15006}},
              "filter_chains": [{"filter_chain_match": {"destination_port": 3000, "application_protocols": ["istio-http/1.1"], "transport_protocol": "tls"}, "filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", "stat_prefix": "i",
                "route_config": {"name": "in", "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "inbound|3000||"}}]}]},
                "http_filters": [
                  {"name": "envoy.filters.http.rbac", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC", "rules": {"action": "DENY", "policies": {
                    "ns[default]-policy[no-delete]-rule[0]": {"permissions": [{"header": {"name": ":method", "string_match": {"exact": "DELETE"}}}], "principals": [{"any": true}]}}}}},
                  {"name": "envoy.filters.http.rbac", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC", "rules": {"policies": {
                    "ns[default]-policy[frontend]-rule[0]": {"permissions": [{"any": true}], "principals": [{"authenticated": {"principal_name": {"exact": "spiffe://cluster.local/ns/default/sa/frontend"}}}]}}}}},
                  {"name": "envoy.filters.http.router", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}]}}]}]}}}]},
          {"@type": "type.googleapis.com/envoy.admin.v3.RoutesConfigDump", "dynamic_route_configs": [
            {"route_config": {"@type": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration", "name": "80", "virtual_hosts": [
              {"name": "reviews:80", "domains": ["reviews", "10.96.0.1"], "routes": [
                {"match": {"prefix": "/admin"}, "direct_response": {"status": 403}},
                {"match": {"prefix": "/", "headers": [{"name": "end-user", "string_match": {"exact": "jason"}}]}, "route": {"cluster": "v2"}},
                {"match": {"prefix": "/", "headers": [{"name": ":method", "string_match": {"exact": "POST"}}]}, "route": {"cluster": "v2"}},
                {"match": {"prefix": "/", "query_parameters": [{"name": "beta", "string_match": {"exact": "1"}}]}, "route": {"cluster": "v3"}},
                {"match": {"path": "/only"}, "route": {"cluster": "v1"}}]}]}}]}
        ]}
        """;

    [Theory]
    [InlineData("GET", "reviews", "/", "end-user: jason", "0.0.0.0_80 reviews:80 1 [the path / does not begin with /admin]")]
    [InlineData("GET", "reviews", "/a/../admin/x", "", "0.0.0.0_80 reviews:80 0 []")]
    [InlineData("POST", "10.96.0.1", "/", "", "0.0.0.0_80 reviews:80 2 [the path / does not begin with /admin|the request has no header end-user, and 'jason' is wanted]")]
    [InlineData("GET", "reviews", "/?beta=1", "end-user: tom", "0.0.0.0_80 reviews:80 3 [the path /?beta=1 does not begin with /admin|the header end-user is 'tom', and 'jason' is wanted|the method is GET, and 'POST' is wanted]")]
    [InlineData("GET", "reviews", "/?beta=2", "", "0.0.0.0_80 reviews:80  [the path /?beta=2 does not begin with /admin|the request has no header end-user, and 'jason' is wanted|the method is GET, and 'POST' is wanted|the query parameter beta is '2', and '1' is wanted|the path /?beta=2 is not /only] no route matches: the answer is 404")]
    [InlineData("GET", "ratings", "/", "", "0.0.0.0_80   [] no virtual host of 80 has the name: the answer is 404")]
    public async Task A_request_takes_the_way_that_traffic_takes(string method, string authority, string path, string header, string expected)
    {
        var headers = header.Length == 0 ? new JsonArray() : new JsonArray(new JsonObject { ["name"] = header.Split(": ")[0], ["value"] = header.Split(": ")[1] });
        var answer = await AskAsync(new JsonObject { ["destination"] = "10.96.0.1:80", ["method"] = method, ["authority"] = authority, ["path"] = path, ["headers"] = headers });
        var reasons = string.Join('|', (answer["mismatches"] as JsonArray ?? []).Select(reason => reason!.ToString()));
        Assert.Equal(expected, $"{answer["listener"]} {answer["virtualHost"]} {answer["route"]} [{reasons}] {answer["end"]}".TrimEnd());
    }

    [Theory]
    [InlineData("GET", "frontend", "DENY -, ALLOW ns[default]-policy[frontend]-rule[0]")]
    [InlineData("GET", "other", "DENY -, ALLOW - refused")]
    [InlineData("DELETE", "frontend", "DENY ns[default]-policy[no-delete]-rule[0] refused")]
    public async Task What_arrives_at_a_server_meets_its_access_rules(string method, string account, string expected)
    {
        var answer = await AskAsync(new JsonObject
        {
            ["destination"] = "10.244.0.9:3000",
            ["inbound"] = true,
            ["applicationProtocols"] = new JsonArray("istio-http/1.1"),
            ["client"] = new JsonObject { ["address"] = "10.244.0.7", ["principal"] = $"spiffe://cluster.local/ns/default/sa/{account}" },
            ["method"] = method,
            ["authority"] = "backend",
            ["path"] = "/",
        });
        Assert.Equal("virtualInbound", (string?)answer["listener"]);
        Assert.Equal(expected, string.Join(", ", answer["access"]!.AsArray().Select(verdict =>
            $"{verdict!["action"]} {((string?)verdict["policy"] is { Length: > 0 } policy ? policy : "-")}{((bool)verdict["refused"]! ? " refused" : "")}")));
    }

    [Fact]
    public async Task A_server_that_wants_mutual_TLS_has_no_chain_for_plain_text()
    {
        var answer = await AskAsync(new JsonObject { ["destination"] = "10.244.0.9:3000", ["inbound"] = true, ["method"] = "GET", ["authority"] = "backend", ["path"] = "/" });
        Assert.Equal("no filter chain of listener virtualInbound takes the connection: it is closed", (string?)answer["end"]);
    }

    [Theory]
    [InlineData("10.96.0.9:5432", "virtualOutbound [\"PassthroughCluster\"]")]
    [InlineData("[fd00::1]:5432", "virtualOutbound [\"PassthroughCluster\"]")]
    public async Task A_connection_takes_the_listener_that_it_would_take(string destination, string expected)
    {
        var answer = await AskAsync(new JsonObject { ["destination"] = destination });
        Assert.Equal(expected, $"{answer["listener"]} {answer["clusters"]?.ToJsonString()}");
    }

    [Theory]
    [InlineData("""{"requests": []}""", "has no config")]
    [InlineData("""{"config": {}, "requests": [{"destination": "here"}]}""", "'here' is not address:port")]
    [InlineData("""{"config": {}, "requests": [{"destination": "10.0.0.1:80", "method": "G T", "path": "/", "authority": "a"}]}""", "this is no request")]
    [InlineData("nonsense", "is not a JSON object")]
    public async Task A_question_that_is_none_is_refused_with_the_reason(string question, string message) =>
        Assert.Contains(message, (await Assert.ThrowsAsync<InvalidDataException>(() => ExplainCommand.RunAsync([], new StringReader(question), new StringWriter()))).Message, StringComparison.Ordinal);

    private static async Task<JsonObject> AskAsync(JsonObject request)
    {
        var output = new StringWriter();
        var question = new JsonObject { ["config"] = JsonNode.Parse(Dump), ["requests"] = new JsonArray(request) };
        Assert.Equal(0, await ExplainCommand.RunAsync([], new StringReader(question.ToJsonString()), output));
        return JsonNode.Parse(output.ToString())!["answers"]![0]!.AsObject();
    }
}
