using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.Resources.Tests.Validation;

/// <summary>What admission says of policies, filters and workloads: the field that is refused.</summary>
public sealed class PolicyRulesTests
{
    [Theory]
    [InlineData("a mode that is none", "mtls: {mode: STRIKT}", "spec.mtls.mode")]
    [InlineData("ports without a selector", "portLevelMtls: {8080: {mode: DISABLE}}", "spec.portLevelMtls")]
    [InlineData("a star in a label", "selector: {matchLabels: {app: 'a*'}}", "spec.selector.matchLabels")]
    [InlineData("selector and targets", "selector: {matchLabels: {a: b}}, targetRefs: [{group: '', kind: Service, name: a}]", "spec.targetRefs")]
    [InlineData("a target that cannot be one", "targetRefs: [{group: apps, kind: Deployment, name: a}]", "spec.targetRefs[0]")]
    [InlineData("a target of another namespace", "targetRefs: [{group: '', kind: Service, name: a, namespace: b}]", "spec.targetRefs[0].namespace")]
    [InlineData("a port that is none", "selector: {matchLabels: {a: b}}, portLevelMtls: {http: {mode: DISABLE}}", "spec.portLevelMtls.http")]
    public void A_PeerAuthentication_is_refused_for(string what, string spec, string path) => Refused("PeerAuthentication", what, spec, path);

    [Theory]
    [InlineData("Telemetry", "a provider without a name", "metrics: [{providers: [{}]}]", "spec.metrics[0].providers[0].name")]
    [InlineData("Telemetry", "more than everything sampled", "tracing: [{randomSamplingPercentage: 101}]", "spec.tracing[0].randomSamplingPercentage")]
    [InlineData("Telemetry", "a tag of nothing", "tracing: [{customTags: {a: {}}}]", "spec.tracing[0].customTags.a")]
    [InlineData("Telemetry", "a removal with a value", "metrics: [{overrides: [{tagOverrides: {a: {operation: REMOVE, value: b}}}]}]", "spec.metrics[0].overrides[0].tagOverrides.a.value")]
    [InlineData("EnvoyFilter", "a place that is none", "configPatches: [{applyTo: FILTER, patch: {operation: REMOVE}}]", "spec.configPatches[0].applyTo")]
    [InlineData("EnvoyFilter", "no patch", "configPatches: [{applyTo: CLUSTER}]", "spec.configPatches[0].patch")]
    [InlineData("EnvoyFilter", "a patch of nothing", "configPatches: [{applyTo: CLUSTER, patch: {operation: ADD}}]", "spec.configPatches[0].patch.value")]
    [InlineData("EnvoyFilter", "a match of something else", "configPatches: [{applyTo: CLUSTER, match: {listener: {portNumber: 80}}, patch: {operation: REMOVE}}]", "spec.configPatches[0].match.listener")]
    [InlineData("WorkloadEntry", "no address", "ports: {http: 80}", "spec.address")]
    [InlineData("WorkloadEntry", "an address that is none", "address: 'here!'", "spec.address")]
    [InlineData("WorkloadGroup", "no template", "metadata: {labels: {a: b}}", "spec.template")]
    [InlineData("WorkloadGroup", "an address in the template", "template: {address: 10.0.0.1}", "spec.template.address")]
    [InlineData("WorkloadGroup", "two probes", "template: {}, probe: {tcpSocket: {port: 1}, exec: {command: [a]}}", "spec.probe")]
    [InlineData("ProxyConfig", "an image that is none", "image: {imageType: tiny}", "spec.image.imageType")]
    [InlineData("DestinationRule", "shares that are not 100", "host: a, trafficPolicy: {loadBalancer: {localityLbSetting: {distribute: [{from: a/*, to: {b/*: 80}}]}}}", "spec.trafficPolicy.loadBalancer.localityLbSetting.distribute[0].to")]
    [InlineData("DestinationRule", "failover to itself", "host: a, trafficPolicy: {loadBalancer: {localityLbSetting: {failover: [{from: a, to: a}]}}}", "spec.trafficPolicy.loadBalancer.localityLbSetting.failover[0].to")]
    [InlineData("DestinationRule", "warm-up without a time", "host: a, trafficPolicy: {loadBalancer: {warmup: {aggression: 1}}}", "spec.trafficPolicy.loadBalancer.warmup.duration")]
    [InlineData("DestinationRule", "a tunnel to nowhere", "host: a, trafficPolicy: {tunnel: {protocol: CONNECT, targetPort: 443}}", "spec.trafficPolicy.tunnel.targetHost")]
    public void Other_kinds_are_refused_for(string kind, string what, string spec, string path) => Refused(kind, what, spec, path);

    [Theory]
    [InlineData("AuthorizationPolicy", "rules: [{from: [{source: {namespaces: [a]}}], to: [{operation: {paths: ['/a/{*}/b', '/c/{**}']}}], when: [{key: 'request.headers[x]', values: [v]}]}]")]
    [InlineData("AuthorizationPolicy", "action: DENY, rules: [{}]")]
    [InlineData("PeerAuthentication", "mtls: {mode: STRICT}")]
    [InlineData("RequestAuthentication", "jwtRules: [{issuer: a, jwksUri: 'https://a/keys', fromCookies: [b]}]")]
    [InlineData("WorkloadGroup", "template: {serviceAccount: a}, probe: {httpGet: {port: 80}}")]
    public void A_good_one_is_taken(string kind, string spec) => Assert.DoesNotContain(Problems(kind, spec), problem => IstioCodes.IsError(problem.Code));

    [Theory]
    [InlineData("internal.istio.io/webhook-always-reject: 'x'", "metadata.annotations.internal.istio.io/webhook-always-reject")]
    [InlineData("istio.io/dry-run: 'maybe'", "metadata.annotations.istio.io/dry-run")]
    public void An_annotation_that_nobody_may_set_is_refused(string annotation, string path)
    {
        var node = Node($"{{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {{name: a, annotations: {{{annotation}}}}}, spec: {{rules: [{{}}]}}}}");
        Assert.Contains(path, IstioValidation.Validate("AuthorizationPolicy", node).Where(problem => IstioCodes.IsError(problem.Code)).Select(problem => problem.Path));
    }

    private static void Refused(string kind, string what, string spec, string path)
    {
        var errors = Problems(kind, spec).Where(problem => IstioCodes.IsError(problem.Code)).ToList();
        Assert.True(errors.Any(problem => problem.Path == path), $"{what}: {string.Join("; ", errors)}");
        Assert.All(errors, problem => Assert.NotNull(problem.Fix));
    }

    private static IReadOnlyList<Problem> Problems(string kind, string spec) =>
        IstioValidation.Validate(kind, Node($"{{apiVersion: x/v1, kind: {kind}, metadata: {{name: a, namespace: default}}, spec: {{{spec}}}}}"));

    private static JsonObject Node(string yaml) => ResourceReader.Read(yaml, "test").Documents.Single().Node;
}
