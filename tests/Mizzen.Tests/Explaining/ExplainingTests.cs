using System.Text.Json.Nodes;
using Mizzen.Explaining;
using Mizzen.Inspection;
using Mizzen.Manifests;
using Mizzen.Resources.Reading;

namespace Mizzen.Tests.Explaining;

/// <summary>The words of the command line, of logs and of configurations.</summary>
public sealed class ExplainingTests
{
    private const string Text = """[2026-01-01T00:00:00.000Z] "GET /a?b=c HTTP/1.1" 200 - via_upstream - "-" 0 12 3 2 "-" "curl/8" "id-1" "reviews:9080" "10.244.1.7:9080" outbound|9080|v1|reviews.default.svc.cluster.local 10.244.0.3:4711 10.96.0.1:9080 10.244.0.3:5000 - default""";

    [Theory]
    [InlineData("get", "http://reviews:9080/a?b=c", "GET reviews 9080 /a?b=c reviews:9080 False")]
    [InlineData("GET", "reviews/", "GET reviews 80 / reviews False")]
    [InlineData("GET", "https://shop.example.com/", "GET shop.example.com 443 / shop.example.com True")]
    [InlineData("TCP", "db:5432", " db 5432 / db:5432 False")]
    public void A_URL_says_where_a_request_goes(string method, string url, string expected)
    {
        var request = RequestToExplain.Parse(method, url, []);
        Assert.Equal(expected, $"{request.Method} {request.Host} {request.Port} {request.Path} {request.Authority} {request.IsTls}");
    }

    [Fact]
    public void A_host_header_is_the_authority()
    {
        var request = RequestToExplain.Parse("GET", "http://10.0.0.1/", ["Host: reviews", "a: b: c"]);
        Assert.Equal(("10.0.0.1", "reviews", ("a", "b: c")), (request.Host, request.Authority, Assert.Single(request.Headers)));
    }

    [Fact]
    public void Access_logs_tell_what_was_sent_out()
    {
        const string json = """{"method":"POST","path":"/x","authority":"ratings","upstream_cluster":"outbound|80||ratings.default.svc.cluster.local","downstream_local_address":"10.96.0.2:80"}""";
        var log = $"{Text}\n{json}\nmizzen-proxy 1.0 as sidecar~…\n{{\"level\":\"info\"}}\n{Text.Replace("outbound|9080|v1|reviews.default.svc.cluster.local", "inbound|9080||", StringComparison.Ordinal)}\n";
        Assert.Equal(
            [
                new LoggedRequest("GET", "/a?b=c", "reviews:9080", "outbound|9080|v1|reviews.default.svc.cluster.local", "10.96.0.1:9080"),
                new LoggedRequest("POST", "/x", "ratings", "outbound|80||ratings.default.svc.cluster.local", "10.96.0.2:80"),
            ],
            AccessLogLines.Outgoing(log));
    }

    [Theory]
    [InlineData("""{"cluster": "outbound|80||a.b"}""", """{"cluster": "outbound|80|v1|a.b"}""", "~ requests to a: a.b:80  →  a.b:80 subset v1")]
    [InlineData("""{"cluster": "outbound|80||a.b"}""", """{"weighted_clusters": {"clusters": [{"name": "outbound|80|v1|a.b", "weight": 80}, {"name": "outbound|80|v2|a.b", "weight": 20}]}}""", "~ requests to a: a.b:80  →  80 % a.b:80 subset v1, 20 % a.b:80 subset v2")]
    [InlineData("""{"cluster": "x", "timeout": "0s"}""", """{"cluster": "x", "timeout": "2s", "retry_policy": {"retry_on": "5xx", "num_retries": 3, "per_try_timeout": "1s"}}""", "~ requests to a: x  →  x; timeout 2s; retries 3 on 5xx, 1s each")]
    public void A_change_of_a_route_is_told_in_words(string before, string after, string change) =>
        Assert.Equal([change], ProxyFacts.Changes(ProxyFacts.Of(Dump(before)), ProxyFacts.Of(Dump(after))));

    [Fact]
    public void A_host_that_goes_away_is_told() =>
        Assert.Equal(["- requests to a: no more (x)", "+ requests to b: x"], ProxyFacts.Changes(ProxyFacts.Of(Dump("""{"cluster": "x"}""")), ProxyFacts.Of(Dump("""{"cluster": "x"}""", "b"))));

    [Fact]
    public void A_route_to_nowhere_is_told() => Assert.Equal(
        ["~ requests to a: x  →  a.b:80 subset v9 (there is no a.b:80 subset v9: 503)"],
        ProxyFacts.Changes(ProxyFacts.Of(Dump("""{"cluster": "x"}""")), ProxyFacts.Of(Dump("""{"cluster": "outbound|80|v9|a.b"}"""))));

    [Theory]
    [InlineData("""{"prefix": "/", "headers": [{"name": "end-user"}]}""", "VirtualService default/reviews spec.http[0] (rules.yaml:7)")]
    [InlineData("""{"path": "/b"}""", "VirtualService default/reviews spec.http[1].match[1] (rules.yaml:12)")]
    [InlineData("""{"prefix": "/"}""", "VirtualService default/reviews spec.http[2] (rules.yaml:14)")]
    [InlineData("""{"prefix": "/elsewhere"}""", "VirtualService default/reviews (rules.yaml:1)")]
    public void A_route_is_led_back_to_its_rule(string match, string rule)
    {
        const string yaml = """
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: reviews, namespace: default}
            spec:
              hosts: [reviews]
              http:
              - match: [{headers: {end-user: {exact: jason}}}]
                route: [{destination: {host: reviews, subset: v2}}]
              - match:
                - uri: {exact: /a}
                  name: a
                - uri: {exact: /b}
                route: [{destination: {host: reviews}}]
              - route: [{destination: {host: reviews}}]
            """;
        var objects = new ObjectSet();
        objects.Apply(ResourceReader.Read(yaml, "rules.yaml").Documents, "default");
        var route = new JsonObject
        {
            ["match"] = JsonNode.Parse(match),
            ["metadata"] = JsonNode.Parse("""{"filter_metadata": {"istio": {"config": "/apis/networking.istio.io/v1/namespaces/default/virtual-service/reviews"}}}"""),
        };
        Assert.Equal(rule, new RuleFinder(objects).Of(route));
    }

    [Theory]
    [InlineData("reviews", "10.96.0.7:80 Service default/reviews")]
    [InlineData("reviews.default.svc.cluster.local", "10.96.0.7:80 Service default/reviews")]
    [InlineData("10.1.2.3", "10.1.2.3:80 the address that was given")]
    [InlineData("outside.example.com", "198.51.100.1:80 no Service of the cluster: an address outside")]
    public void A_host_is_looked_up_as_the_clusters_DNS_does(string host, string expected)
    {
        var service = JsonNode.Parse("""{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "reviews", "namespace": "default"}, "spec": {"clusterIP": "10.96.0.7"}}""")!.AsObject();
        var destination = Destination.Of(RequestToExplain.Parse("GET", $"http://{host}/", []), "default", [service], ConfigDump.Parse("""{"configs": []}""", "test"));
        Assert.Equal(expected, $"{destination.Address} {destination.What}");
    }

    private static ConfigDump Dump(string action, string host = "a")
    {
        var dump = new JsonObject
        {
            ["configs"] = new JsonArray(
                new JsonObject
                {
                    ["@type"] = "x/envoy.admin.v3.ClustersConfigDump",
                    ["dynamic_active_clusters"] = new JsonArray([.. new[] { "x", "outbound|80||a.b", "outbound|80|v1|a.b", "outbound|80|v2|a.b" }.Select(JsonNode (name) => new JsonObject { ["cluster"] = new JsonObject { ["name"] = name } })]),
                },
                new JsonObject
                {
                    ["@type"] = "x/envoy.admin.v3.RoutesConfigDump",
                    ["dynamic_route_configs"] = new JsonArray(new JsonObject { ["route_config"] = Routes(action, host) }),
                }),
        };
        return ConfigDump.Parse(dump.ToJsonString(), "test");
    }

    private static JsonObject Routes(string action, string host)
    {
        var route = new JsonObject { ["match"] = new JsonObject { ["prefix"] = "/" }, ["route"] = JsonNode.Parse(action) };
        return new JsonObject { ["name"] = "80", ["virtual_hosts"] = new JsonArray(new JsonObject { ["name"] = host, ["routes"] = new JsonArray(route) }) };
    }
}
