using System.Text.Json.Nodes;
using CsCheck;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.Resources.Tests.Validation;

/// <summary>What admission says of single objects: the field, what is wrong and the way out.</summary>
public sealed class IstioValidationTests
{
    [Theory]
    [InlineData("a host is not a name", "hosts: [my_host!], http: [{route: [{destination: {host: a}}]}]", "spec.hosts[0]")]
    [InlineData("'*' for sidecars", "hosts: ['*'], http: [{route: [{destination: {host: a}}]}]", "spec.hosts[0]")]
    [InlineData("hosts that overlap", "hosts: ['*.com', '*.foo.com'], http: [{route: [{destination: {host: a}}]}]", "spec.hosts[1]")]
    [InlineData("no rule at all", "hosts: [a]", "spec")]
    [InlineData("a rule that does nothing", "hosts: [a], http: [{timeout: 1s}]", "spec.http[0]")]
    [InlineData("a rule that does two things", "hosts: [a], http: [{route: [{destination: {host: a}}], redirect: {uri: /}}]", "spec.http[0]")]
    [InlineData("weights that sum up to nothing", "hosts: [a], http: [{route: [{destination: {host: a}}, {destination: {host: b}}]}]", "spec.http[0].route")]
    [InlineData("a negative weight", "hosts: [a], http: [{route: [{destination: {host: a}, weight: -1}, {destination: {host: b}, weight: 2}]}]", "spec.http[0].route[0].weight")]
    [InlineData("a route without a host", "hosts: [a], http: [{route: [{destination: {subset: v1}}]}]", "spec.http[0].route[0].destination.host")]
    [InlineData("no destination", "hosts: [a], http: [{route: [{weight: 1}]}]", "spec.http[0].route[0].destination")]
    [InlineData("a duration that is none", "hosts: [a], http: [{timeout: soon, route: [{destination: {host: a}}]}]", "spec.http[0].timeout")]
    [InlineData("a duration that is too short", "hosts: [a], http: [{retries: {attempts: 1, perTryTimeout: 1us}, route: [{destination: {host: a}}]}]", "spec.http[0].retries.perTryTimeout")]
    [InlineData("a retry condition that is none", "hosts: [a], http: [{retries: {attempts: 1, retryOn: whenever}, route: [{destination: {host: a}}]}]", "spec.http[0].retries.retryOn")]
    [InlineData("retries off, with settings", "hosts: [a], http: [{retries: {attempts: 0, retryOn: 5xx}, route: [{destination: {host: a}}]}]", "spec.http[0].retries.attempts")]
    [InlineData("a share above 100", "hosts: [a], http: [{fault: {abort: {percentage: {value: 101}, httpStatus: 500}}, route: [{destination: {host: a}}]}]", "spec.http[0].fault.abort.percentage.value")]
    [InlineData("a status that is none", "hosts: [a], http: [{fault: {abort: {percentage: {value: 1}, httpStatus: 99}}, route: [{destination: {host: a}}]}]", "spec.http[0].fault.abort.httpStatus")]
    [InlineData("a fault with a redirect", "hosts: [a], http: [{redirect: {uri: /}, fault: {delay: {fixedDelay: 1s, percentage: {value: 1}}}}]", "spec.http[0].fault")]
    [InlineData("a regular expression that is none", "hosts: [a], http: [{match: [{uri: {regex: '('}}], route: [{destination: {host: a}}]}]", "spec.http[0].match[0].uri.regex")]
    [InlineData("a regular expression with look-around", "hosts: [a], http: [{match: [{uri: {regex: '(?!a)b'}}], route: [{destination: {host: a}}]}]", "spec.http[0].match[0].uri.regex")]
    [InlineData("an empty condition", "hosts: [a], http: [{match: [{}], route: [{destination: {host: a}}]}]", "spec.http[0].match[0]")]
    [InlineData("a port that is none", "hosts: [a], http: [{match: [{port: 70000}], route: [{destination: {host: a}}]}]", "spec.http[0].match[0].port")]
    [InlineData("a pseudo header as a header", "hosts: [a], http: [{headers: {request: {set: {':path': x}}}, route: [{destination: {host: a}}]}]", "spec.http[0].headers.request.set[:path]")]
    [InlineData("a header that is none", "hosts: [a], http: [{headers: {response: {add: {'a b': x}}}, route: [{destination: {host: a}}]}]", "spec.http[0].headers.response.add[a b]")]
    [InlineData("two rewrites of the path", "hosts: [a], http: [{rewrite: {uri: /, uriRegexRewrite: {match: a, rewrite: b}}, route: [{destination: {host: a}}]}]", "spec.http[0].rewrite")]
    [InlineData("a redirect code that is none", "hosts: [a], http: [{redirect: {uri: /, redirectCode: 200}}]", "spec.http[0].redirect.redirectCode")]
    [InlineData("a direct response without a status", "hosts: [a], http: [{directResponse: {body: {string: x}}}]", "spec.http[0].directResponse.status")]
    [InlineData("mirror and mirrors", "hosts: [a], http: [{mirror: {host: b}, mirrors: [{destination: {host: b}}], route: [{destination: {host: a}}]}]", "spec.http[0].mirrors")]
    [InlineData("a delegate with gateways", "gateways: [g], http: [{route: [{destination: {host: a}}]}]", "spec.gateways")]
    [InlineData("a delegate of a delegate", "http: [{delegate: {name: b}}]", "spec.http[0].delegate")]
    [InlineData("TLS without names", "hosts: [a.b], tls: [{match: [{port: 443}], route: [{destination: {host: a}}]}]", "spec.tls[0].match[0].sniHosts")]
    [InlineData("TLS for a foreign name", "hosts: [a.b], tls: [{match: [{sniHosts: [c.d]}], route: [{destination: {host: a}}]}]", "spec.tls[0].match[0].sniHosts[0]")]
    [InlineData("TCP to nowhere", "hosts: [a.b], tcp: [{match: [{port: 1}]}]", "spec.tcp[0].route")]
    [InlineData("a namespace exported to twice", "hosts: [a], exportTo: [default, .], http: [{route: [{destination: {host: a}}]}]", "spec.exportTo")]
    [InlineData("a text where a number belongs", "hosts: [a], http: [{route: [{destination: {host: a}, weight: much}]}]", "spec.http[0].route[0].weight")]
    public void A_VirtualService_is_refused_for(string what, string spec, string path) => Refused("VirtualService", what, spec, path);

    [Theory]
    [InlineData("a key that is none", "rules: [{when: [{key: source.color, values: [a]}]}]", "spec.rules[0].when[0].key")]
    [InlineData("a condition without values", "rules: [{when: [{key: source.ip}]}]", "spec.rules[0].when[0]")]
    [InlineData("an address that is none", "rules: [{from: [{source: {ipBlocks: [10.0.0.300]}}]}]", "spec.rules[0].from[0].source.ipBlocks")]
    [InlineData("a port that is none", "rules: [{to: [{operation: {ports: ['x']}}]}]", "spec.rules[0].to[0].operation.ports")]
    [InlineData("a template with a name", "rules: [{to: [{operation: {paths: ['/a/{id}']}}]}]", "spec.rules[0].to[0].operation.paths")]
    [InlineData("an empty source", "rules: [{from: [{source: {}}]}]", "spec.rules[0].from[0].source")]
    [InlineData("an empty operation", "rules: [{to: [{}]}]", "spec.rules[0].to[0].operation")]
    [InlineData("an empty list of values", "rules: [{from: [{source: {namespaces: []}}]}]", "spec.rules[0].from[0].source.namespaces")]
    [InlineData("DENY of nothing", "action: DENY", "spec.rules")]
    [InlineData("CUSTOM without a provider", "action: CUSTOM, rules: [{}]", "spec.provider.name")]
    [InlineData("a provider nobody asks", "action: ALLOW, provider: {name: a}, rules: [{}]", "spec.provider")]
    [InlineData("CUSTOM by identity", "action: CUSTOM, provider: {name: a}, rules: [{from: [{source: {principals: ['*']}}]}]", "spec.rules[0].from[0].source.principals")]
    [InlineData("CUSTOM by identity, as a condition", "action: CUSTOM, provider: {name: a}, rules: [{when: [{key: source.namespace, values: [a]}]}]", "spec.rules[0].when[0].key")]
    [InlineData("service accounts beside namespaces", "rules: [{from: [{source: {serviceAccounts: [a], namespaces: [b]}}]}]", "spec.rules[0].from[0].source.serviceAccounts")]
    [InlineData("a selector beside targets", "selector: {matchLabels: {a: b}}, targetRefs: [{kind: Service, group: '', name: x}]", "spec.targetRefs")]
    [InlineData("a target that is none", "targetRefs: [{kind: Deployment, group: apps, name: x}], rules: [{}]", "spec.targetRefs[0]")]
    public void An_AuthorizationPolicy_is_refused_for(string what, string spec, string path) => Refused("AuthorizationPolicy", what, spec, path);

    [Theory]
    [InlineData("neither issuer nor keys", "jwtRules: [{}]", "spec.jwtRules[0].issuer")]
    [InlineData("keys given twice", "jwtRules: [{issuer: a, jwksUri: 'https://a/b', jwks: '{\"keys\": []}'}]", "spec.jwtRules[0].jwks")]
    [InlineData("keys that are no JSON", "jwtRules: [{issuer: a, jwks: 'x'}]", "spec.jwtRules[0].jwks")]
    [InlineData("keys that are none", "jwtRules: [{issuer: a, jwks: '{}'}]", "spec.jwtRules[0].jwks")]
    [InlineData("a place that is no address", "jwtRules: [{issuer: a, jwksUri: 'file:///x'}]", "spec.jwtRules[0].jwksUri")]
    [InlineData("a header that is none", "jwtRules: [{issuer: a, fromHeaders: [{name: 'a b'}]}]", "spec.jwtRules[0].fromHeaders[0].name")]
    [InlineData("a claim without a name", "jwtRules: [{issuer: a, outputClaimToHeaders: [{header: x}]}]", "spec.jwtRules[0].outputClaimToHeaders[0].claim")]
    public void A_RequestAuthentication_is_refused_for(string what, string spec, string path) => Refused("RequestAuthentication", what, spec, path);

    [Theory]
    [InlineData("no host", "subsets: [{name: a}]", "spec.host")]
    [InlineData("two subsets of one name", "host: a, subsets: [{name: v1}, {name: v1}]", "spec.subsets[1].name")]
    [InlineData("a subset without a name", "host: a, subsets: [{labels: {a: b}}]", "spec.subsets[0].name")]
    [InlineData("a policy that says nothing", "host: a, trafficPolicy: {}", "spec.trafficPolicy")]
    [InlineData("a limit below zero", "host: a, trafficPolicy: {connectionPool: {tcp: {maxConnections: -1}}}", "spec.trafficPolicy.connectionPool.tcp.maxConnections")]
    [InlineData("a port that is missing", "host: a, trafficPolicy: {portLevelSettings: [{loadBalancer: {simple: RANDOM}}]}", "spec.trafficPolicy.portLevelSettings[0].port.number")]
    [InlineData("more than everything ejected", "host: a, trafficPolicy: {outlierDetection: {maxEjectionPercent: 101}}", "spec.trafficPolicy.outlierDetection.maxEjectionPercent")]
    [InlineData("a hash of nothing", "host: a, trafficPolicy: {loadBalancer: {consistentHash: {}}}", "spec.trafficPolicy.loadBalancer.consistentHash")]
    [InlineData("a table that is no prime", "host: a, trafficPolicy: {loadBalancer: {consistentHash: {useSourceIp: true, maglev: {tableSize: 100}}}}", "spec.trafficPolicy.loadBalancer.consistentHash.maglev.tableSize")]
    [InlineData("MUTUAL without a certificate", "host: a, trafficPolicy: {tls: {mode: MUTUAL}}", "spec.trafficPolicy.tls")]
    public void A_DestinationRule_is_refused_for(string what, string spec, string path) => Refused("DestinationRule", what, spec, path);

    [Theory]
    [InlineData("no server", "selector: {a: b}", "spec.servers")]
    [InlineData("a server without hosts", "selector: {a: b}, servers: [{port: {number: 80, name: http, protocol: HTTP}}]", "spec.servers[0].hosts")]
    [InlineData("a port without a name", "selector: {a: b}, servers: [{port: {number: 80, protocol: HTTP}, hosts: ['*']}]", "spec.servers[0].port.name")]
    [InlineData("a protocol that is none", "selector: {a: b}, servers: [{port: {number: 80, name: x, protocol: SMTP}, hosts: ['*']}]", "spec.servers[0].port.protocol")]
    [InlineData("two ports of one name", "selector: {a: b}, servers: [{port: {number: 80, name: x, protocol: HTTP}, hosts: ['*']}, {port: {number: 81, name: x, protocol: HTTP}, hosts: ['*']}]", "spec.servers[1].port.name")]
    [InlineData("HTTPS without tls", "selector: {a: b}, servers: [{port: {number: 443, name: x, protocol: HTTPS}, hosts: ['*']}]", "spec.servers[0].tls")]
    [InlineData("HTTPS without a certificate", "selector: {a: b}, servers: [{port: {number: 443, name: x, protocol: HTTPS}, hosts: ['*'], tls: {mode: SIMPLE}}]", "spec.servers[0].tls.credentialName")]
    [InlineData("a certificate for HTTP", "selector: {a: b}, servers: [{port: {number: 80, name: x, protocol: HTTP}, hosts: ['*'], tls: {credentialName: c}}]", "spec.servers[0].tls")]
    [InlineData("a host that is none", "selector: {a: b}, servers: [{port: {number: 80, name: x, protocol: HTTP}, hosts: [a/b/c]}]", "spec.servers[0].hosts[0]")]
    public void A_Gateway_is_refused_for(string what, string spec, string path) => Refused("Gateway", what, spec, path);

    [Theory]
    [InlineData("no host", "ports: [{number: 80, name: http, protocol: HTTP}]", "spec.hosts")]
    [InlineData("every host", "hosts: ['*'], ports: [{number: 80, name: http, protocol: HTTP}]", "spec.hosts[0]")]
    [InlineData("a wildcard by DNS", "hosts: ['*.a.b'], resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}]", "spec.hosts")]
    [InlineData("endpoints with resolution NONE", "hosts: [a.b], ports: [{number: 80, name: http, protocol: HTTP}], endpoints: [{address: 1.2.3.4}]", "spec.endpoints")]
    [InlineData("a name where an address belongs", "hosts: [a.b], resolution: STATIC, ports: [{number: 80, name: http, protocol: HTTP}], endpoints: [{address: c.d}]", "spec.endpoints[0].address")]
    [InlineData("a range by DNS", "hosts: [a.b], resolution: DNS, addresses: [10.0.0.0/8], ports: [{number: 80, name: http, protocol: HTTP}]", "spec.addresses[0]")]
    [InlineData("two ports of one number", "hosts: [a.b], ports: [{number: 80, name: x, protocol: HTTP}, {number: 80, name: z, protocol: HTTP}]", "spec.ports[1]")]
    [InlineData("hosts that TCP cannot tell apart", "hosts: [a.b, c.d], addresses: [1.2.3.4], ports: [{number: 5432, name: tcp, protocol: TCP}]", "spec.hosts")]
    [InlineData("two sources of endpoints", "hosts: [a.b], resolution: STATIC, ports: [{number: 80, name: http, protocol: HTTP}], endpoints: [{address: 1.2.3.4}], workloadSelector: {labels: {a: b}}", "spec.workloadSelector")]
    public void A_ServiceEntry_is_refused_for(string what, string spec, string path) => Refused("ServiceEntry", what, spec, path);

    [Theory]
    [InlineData("saying nothing", "", "spec")]
    [InlineData("importing nothing", "egress: [{port: {number: 80, name: http, protocol: HTTP}}]", "spec.egress[0].hosts")]
    [InlineData("a host without a namespace", "egress: [{hosts: [reviews]}]", "spec.egress[0].hosts[0]")]
    [InlineData("a listener without a port before others", "egress: [{hosts: [./*]}, {port: {number: 80, name: http, protocol: HTTP}, hosts: [./*]}]", "spec.egress[0].port")]
    [InlineData("an endpoint somewhere else", "ingress: [{port: {number: 80, name: http, protocol: HTTP}, defaultEndpoint: 10.0.0.1:80}]", "spec.ingress[0].defaultEndpoint")]
    public void A_Sidecar_is_refused_for(string what, string spec, string path) => Refused("Sidecar", what, spec, path);

    [Theory]
    [InlineData("a fault without a share", "hosts: [a], http: [{fault: {delay: {fixedDelay: 1s}}, route: [{destination: {host: a}}]}]", "IST0133", "spec.http[0].fault.delay")]
    [InlineData("a rule that nothing reaches", "hosts: [a], http: [{route: [{destination: {host: a}}]}, {route: [{destination: {host: b}}]}]", "IST0130", "spec.http[1]")]
    [InlineData("a condition that comes twice", "hosts: [a], http: [{match: [{uri: {exact: /x}}, {uri: {exact: /x}}], route: [{destination: {host: a}}]}]", "IST0131", "spec.http[0].match[1]")]
    [InlineData("capitals in the name of a header", "hosts: [a], http: [{match: [{headers: {X-User: {exact: x}}}], route: [{destination: {host: a}}]}]", "IST0133", "spec.http[0].match[0].headers[X-User]")]
    [InlineData("a redirection that clients do not know", "hosts: [a], http: [{redirect: {uri: /, redirectCode: 304}}]", "IST0133", "spec.http[0].redirect.redirectCode")]
    public void A_VirtualService_is_taken_with_a_warning_for(string what, string spec, string code, string path)
    {
        var problem = Assert.Single(Validate("VirtualService", spec));

        Assert.Equal((code, path), (problem.Code, problem.Path));
        Assert.False(IstioCodes.IsError(code), what);
    }

    [Fact]
    public void Everything_wrong_is_said_at_once_each_with_its_way_out()
    {
        var problems = Validate("VirtualService", "hosts: ['*'], http: [{timeout: x, retries: {attempts: -1}, route: [{destination: {host: 'a b'}, weight: -1}]}]");

        Assert.Equal(
            ["spec.hosts[0]", "spec.http[0].retries.attempts", "spec.http[0].route[0].destination.host", "spec.http[0].route[0].weight", "spec.http[0].timeout"],
            problems.Select(problem => problem.Path).Order(StringComparer.Ordinal));
        Assert.All(problems, problem => Assert.NotNull(problem.Fix));
        Assert.All(problems, problem => Assert.Equal("VirtualService default/x", problem.Key?.ToString()));
    }

    [Theory]
    [InlineData("*.example.com")]
    [InlineData("reviews")]
    [InlineData("reviews.default.svc.cluster.local")]
    [InlineData("10.1.2.3")]
    public void A_good_VirtualService_is_taken(string host) =>
        Assert.Empty(Validate("VirtualService", $"hosts: ['{host}'], http: [{{route: [{{destination: {{host: a}}, weight: 80}}, {{destination: {{host: b, subset: v2}}, weight: 20}}]}}]"));

    [Fact]
    public void Kinds_without_rules_have_no_findings() => Assert.Empty(Validate("Telemetry", "tracing: []"));

    [Fact]
    public void No_object_whatsoever_makes_it_fail() =>
        Fields(Word("hosts", "http", "host", "servers", "ports", "egress", "subsets", "trafficPolicy", "spec"), Json(3)).Sample(
            fields =>
            {
                var node = new JsonObject { ["metadata"] = new JsonObject { ["name"] = "x" }, ["spec"] = fields.DeepClone() };
                foreach (var kind in new[] { "VirtualService", "DestinationRule", "Gateway", "ServiceEntry", "Sidecar" })
                {
                    IstioValidation.Validate(kind, node);
                }
            },
            iter: 5000);

    private static Gen<JsonNode?> Json(int depth)
    {
        var leaf = Gen.OneOf(
            Gen.String[Gen.Char.AlphaNumeric, 0, 6].Select(text => (JsonNode?)text), Gen.Int[-5, 100_000].Select(number => (JsonNode?)number), Gen.Const((JsonNode?)null));
        if (depth == 0)
        {
            return leaf;
        }

        var names = Word("route", "match", "destination", "host", "weight", "name", "port", "number", "tls", "hosts", "fault", "delay", "loadBalancer", "consistentHash");
        return Gen.OneOf(
            leaf,
            Json(depth - 1).List[0, 3].Select(items => (JsonNode?)new JsonArray([.. items.Select(item => item?.DeepClone())])),
            Fields(names, Json(depth - 1)).Select(fields => (JsonNode?)fields));
    }

    private static Gen<string> Word(params string[] words) => Gen.Int[0, words.Length - 1].Select(index => words[index]);

    private static Gen<JsonObject> Fields(Gen<string> names, Gen<JsonNode?> values) => Gen.Select(names, values).List[0, 4].Select(fields =>
        new JsonObject(fields.DistinctBy(field => field.Item1).Select(field => KeyValuePair.Create(field.Item1, field.Item2?.DeepClone()))));

    private static void Refused(string kind, string what, string spec, string path)
    {
        var errors = Validate(kind, spec).Where(problem => IstioCodes.IsError(problem.Code)).ToList();

        Assert.True(errors.Any(problem => problem.Path == path), $"{what}: expected {path}, found {string.Join("; ", errors)}");
        Assert.All(errors, problem => Assert.NotNull(problem.Fix));
    }

    private static IReadOnlyList<Problem> Validate(string kind, string spec)
    {
        var read = ResourceReader.Read($"{{apiVersion: networking.istio.io/v1, kind: {kind}, metadata: {{name: x, namespace: default}}, spec: {{{spec}}}}}", "test");
        Assert.Empty(read.Problems);
        return IstioValidation.Validate(kind, read.Documents[0].Node);
    }
}
