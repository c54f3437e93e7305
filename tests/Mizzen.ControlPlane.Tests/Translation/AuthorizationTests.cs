using Envoy.Config.Rbac.V3;
using Envoy.Extensions.Filters.Http.JwtAuthn.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using HttpRbac = Envoy.Extensions.Filters.Http.Rbac.V3.RBAC;
using NetworkRbac = Envoy.Extensions.Filters.Network.Rbac.V3.RBAC;

namespace Mizzen.ControlPlane.Tests.Translation;

/// <summary>What AuthorizationPolicies and RequestAuthentications make a workload's proxy do.</summary>
public sealed class AuthorizationTests
{
    private const string Security = "security.istio.io/v1";

    [Theory]
    // From: one of the values, all of the fields.
    [InlineData("from: [{source: {principals: [cluster.local/ns/web/sa/front]}}]", "peer is spiffe://cluster.local/ns/web/sa/front")]
    [InlineData("from: [{source: {principals: ['*']}}]", "peer like .+")]
    [InlineData("from: [{source: {principals: ['cluster.local/ns/web/*']}}]", "peer starts with spiffe://cluster.local/ns/web/")]
    [InlineData("from: [{source: {principals: ['*/sa/front']}}]", "peer ends with /sa/front")]
    [InlineData("from: [{source: {namespaces: [web, 'shop-*']}}]", "(peer like .*/ns/web/.* or peer like .*/ns/shop-.*/.*)")]
    [InlineData("from: [{source: {notNamespaces: [web]}}]", "not peer like .*/ns/web/.*")]
    [InlineData("from: [{source: {serviceAccounts: [front]}}]", "peer like spiffe://.+/ns/default/(.+/|)sa/front(/.+)?")]
    [InlineData("from: [{source: {serviceAccounts: [web/front]}}]", "peer like spiffe://.+/ns/web/(.+/|)sa/front(/.+)?")]
    [InlineData("from: [{source: {trustDomains: [other.example]}}]", "peer like spiffe://other\\.example/.*")]
    [InlineData("from: [{source: {ipBlocks: [10.0.0.0/8, 192.0.2.1]}}]", "(direct 10.0.0.0/8 or direct 192.0.2.1/32)")]
    [InlineData("from: [{source: {remoteIpBlocks: [10.0.0.0/8]}}]", "remote 10.0.0.0/8")]
    [InlineData("from: [{source: {requestPrincipals: ['https://issuer/path/alice']}}]", "(payload.iss is https://issuer/path and payload.sub is alice)")]
    [InlineData("from: [{source: {requestPrincipals: ['*']}}]", "(payload.iss like .+ and payload.sub like .+)")]
    [InlineData("from: [{source: {principals: [a/ns/b/sa/c], ipBlocks: [10.0.0.1]}}]", "(peer is spiffe://a/ns/b/sa/c and direct 10.0.0.1/32)")]
    [InlineData("from: [{source: {namespaces: [a]}}, {source: {ipBlocks: [10.0.0.1]}}]", "peer like .*/ns/a/.* | direct 10.0.0.1/32")]
    // To.
    [InlineData("to: [{operation: {methods: [GET, 'P*']}}]", "(:method is GET or :method starts with P)")]
    [InlineData("to: [{operation: {hosts: ['*.example.com']}}]", ":authority ends with .example.com (any case)")]
    [InlineData("to: [{operation: {paths: [/a, '/b/*', '*/c']}}]", "(path is /a or path starts with /b/ or path ends with /c)")]
    [InlineData("to: [{operation: {paths: ['/a/{*}/b/{**}']}}]", "path by /a/*/b/**")]
    [InlineData("to: [{operation: {ports: ['80'], notPaths: [/health]}}]", "(not path is /health and port 80)")]
    // When.
    [InlineData("when: [{key: 'request.headers[x-team]', values: [blue], notValues: [green]}]", "(x-team is blue and not x-team is green)")]
    [InlineData("when: [{key: 'request.headers[x-team]', values: ['*']}]", "x-team is there")]
    [InlineData("when: [{key: 'request.auth.claims[realm][roles]', values: [admin]}]", "payload.realm.roles is or has admin")]
    [InlineData("when: [{key: request.auth.audiences, values: [shop]}]", "payload.aud is or has shop")]
    [InlineData("when: [{key: request.auth.presenter, values: [app]}]", "payload.azp is or has app")]
    [InlineData("when: [{key: source.ip, notValues: [10.1.0.0/16]}]", "not direct 10.1.0.0/16")]
    [InlineData("when: [{key: remote.ip, values: [10.1.0.0/16]}]", "remote 10.1.0.0/16")]
    [InlineData("when: [{key: destination.port, values: ['9080']}]", "port 9080")]
    [InlineData("when: [{key: destination.ip, values: [10.0.0.0/8]}]", "destination 10.0.0.0/8")]
    [InlineData("when: [{key: connection.sni, values: [www.example.com]}]", "sni is www.example.com")]
    [InlineData("when: [{key: 'experimental.envoy.filters.a.b[c]', values: ['[v]']}]", "c is or has v")]
    public void A_rule(string rule, string expected) => Assert.Equal(expected, RbacText.Of(Assert.Single(Rules(Http(Policy("p", $"rules: [{{{rule}}}]"))).Policies).Value));

    [Fact]
    public void Policies_are_named_by_namespace_name_and_rule()
    {
        var rules = Rules(Http(Policy("p", "rules: [{from: [{source: {namespaces: [a]}}]}, {}]")));
        Assert.Equal(["ns[default]-policy[p]-rule[0]", "ns[default]-policy[p]-rule[1]"], rules.Policies.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(RBAC.Types.Action.Allow, rules.Action);
    }

    [Fact]
    public void Audit_comes_before_deny_before_allow()
    {
        var filters = Http(
            Policy("allow", "rules: [{}]"), Policy("deny", "action: DENY, rules: [{}]"), Policy("audit", "action: AUDIT, rules: [{}]"));
        Assert.Equal([RBAC.Types.Action.Log, RBAC.Types.Action.Deny, RBAC.Types.Action.Allow], filters.Select(filter => filter.Rules.Action));
    }

    [Fact]
    public void An_ALLOW_policy_without_rules_lets_nothing_pass()
    {
        var rules = Rules(Http("{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: nothing}, spec: {}}"));
        Assert.Equal(RBAC.Types.Action.Allow, rules.Action);
        Assert.Empty(rules.Policies);
    }

    [Fact]
    public void A_dry_run_goes_to_the_shadow()
    {
        var filter = Assert.Single(Http("""
            {apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: p, annotations: {istio.io/dry-run: "true"}}, spec: {action: DENY, rules: [{}]}}
            """));
        Assert.Null(filter.Rules);
        Assert.Equal("istio_dry_run_deny_", filter.ShadowRulesStatPrefix);
        Assert.Single(filter.ShadowRules.Policies);
    }

    [Theory]
    [InlineData("selector: {matchLabels: {app: reviews}}, rules: [{}]", "default", true)]
    [InlineData("selector: {matchLabels: {app: other}}, rules: [{}]", "default", false)]
    [InlineData("rules: [{}]", "istio-system", true)]
    [InlineData("rules: [{}]", "store", false)]
    [InlineData("targetRefs: [{kind: Service, group: '', name: reviews}], rules: [{}]", "default", false)]
    public void A_policy_is_for_the_workloads_that_it_selects(string spec, string ns, bool isInForce) =>
        Assert.Equal(isInForce, Http(Meshes.Object("AuthorizationPolicy", "p", spec, ns, Security)).Count == 1);

    [Theory]
    // An attribute of requests: a rule that allows is given up, one that denies goes on without it.
    [InlineData("ALLOW", "from: [{source: {namespaces: [a]}}], to: [{operation: {methods: [GET]}}]", null)]
    [InlineData("ALLOW", "from: [{source: {requestPrincipals: ['*']}}]", null)]
    [InlineData("ALLOW", "to: [{operation: {ports: ['5432']}}]", "port 5432")]
    [InlineData("DENY", "from: [{source: {namespaces: [a]}}], to: [{operation: {methods: [GET]}}]", "peer like .*/ns/a/.*")]
    [InlineData("DENY", "to: [{operation: {paths: [/admin]}}]", "anybody, anything")]
    public void A_rule_of_connections(string action, string rule, string? expected)
    {
        var mesh = Meshes.Mesh(
            "{apiVersion: v1, kind: Pod, metadata: {name: db, labels: {app: db}}}",
            Meshes.Object("Service", "db", "selector: {app: db}, ports: [{name: tcp, port: 5432}]", version: "v1"),
            Policy("p", $"action: {action}, rules: [{{{rule}}}]"));
        var chain = Configured.Sidecar(mesh, "db").Listener("virtualInbound").FilterChains.First(chain => chain.FilterChainMatch.DestinationPort == 5432);
        var rules = chain.Filters[0].TypedConfig.Unpack<NetworkRbac>().Rules;

        Assert.Equal("envoy.filters.network.tcp_proxy", chain.Filters[1].Name);
        Assert.Equal(expected, rules.Policies.Count == 0 ? null : RbacText.Of(Assert.Single(rules.Policies).Value));
    }

    [Fact]
    public void The_mesh_may_have_had_other_names()
    {
        var filters = Http(
            Meshes.MeshConfig("{trustDomain: new, trustDomainAliases: [old]}"),
            Policy("p", "rules: [{from: [{source: {principals: [old/ns/a/sa/b]}}]}]"));
        Assert.Equal("(peer is spiffe://new/ns/a/sa/b or peer is spiffe://old/ns/a/sa/b)", RbacText.Of(Assert.Single(Rules(filters).Policies).Value));
    }

    [Fact]
    public void Tokens_are_read_before_access_is_decided_and_no_token_is_no_reason_to_refuse()
    {
        var mesh = Meshes.Mesh(
            Policy("p", "rules: [{}]"),
            Meshes.Object("RequestAuthentication", "jwt", "jwtRules: [{issuer: me, jwks: '{\"keys\": []}', audiences: [shop], forwardOriginalToken: true}]", version: Security));
        var manager = Manager(mesh);
        Assert.Equal(
            ["envoy.filters.http.jwt_authn", "envoy.filters.http.rbac"],
            manager.HttpFilters.Select(filter => filter.Name).Where(name => name.EndsWith("jwt_authn", StringComparison.Ordinal) || name.EndsWith("rbac", StringComparison.Ordinal)));

        var settings = manager.HttpFilters.First(filter => filter.Name == "envoy.filters.http.jwt_authn").TypedConfig.Unpack<JwtAuthentication>();
        var provider = Assert.Single(settings.Providers).Value;
        Assert.Equal(("me", "{\"keys\": []}", "payload", true), (provider.Issuer, provider.LocalJwks.InlineString, provider.PayloadInMetadata, provider.Forward));
        Assert.Equal(["shop"], provider.Audiences);
        Assert.Equal(
            [JwtRequirement.RequiresTypeOneofCase.ProviderName, JwtRequirement.RequiresTypeOneofCase.AllowMissing],
            Assert.Single(settings.Rules).Requires.RequiresAny.Requirements.Select(requirement => requirement.RequiresTypeCase));
    }

    [Fact]
    public void CUSTOM_asks_the_provider_about_what_the_rules_match()
    {
        var manager = Manager(Custom("shop.store.svc.cluster.local"));
        var filters = manager.HttpFilters.Take(2).ToList();
        var shadow = filters[0].TypedConfig.Unpack<HttpRbac>();
        var question = filters[1].TypedConfig.Unpack<Envoy.Extensions.Filters.Http.ExtAuthz.V3.ExtAuthz>();

        Assert.Null(shadow.Rules);
        Assert.Equal("istio-ext-authz-ask-ns[default]-policy[p]-rule[0]", Assert.Single(shadow.ShadowRules.Policies).Key);
        Assert.Equal("path starts with /admin", RbacText.Of(Assert.Single(shadow.ShadowRules.Policies).Value));
        Assert.Equal("outbound|80||shop.store.svc.cluster.local", question.HttpService.ServerUri.Cluster);
        Assert.Equal("istio_ext_authz_shadow_effective_policy_id", Assert.Single(question.FilterEnabledMetadata.Path).Key);
        Assert.Equal("istio-ext-authz-ask-", question.FilterEnabledMetadata.Value.StringMatch.Prefix);
        Assert.Equal((true, 503), (question.FailureModeAllow, question.StatusOnError.Code));
        Assert.Equal("x-user", Assert.Single(question.HttpService.AuthorizationResponse.AllowedUpstreamHeaders.Patterns).Exact);
    }

    [Fact]
    public void A_provider_may_be_asked_over_gRPC()
    {
        var mesh = Meshes.Mesh(
            Meshes.MeshConfig("{extensionProviders: [{name: ask, envoyExtAuthzGrpc: {service: store/shop.store.svc.cluster.local, port: 80, timeout: 2s, includeRequestBodyInCheck: {maxRequestBytes: 10, packAsBytes: true}}}]}"),
            Policy("p", "action: CUSTOM, provider: {name: ask}, rules: [{to: [{operation: {paths: [/admin*]}}]}]"));
        var question = Manager(mesh).HttpFilters[1].TypedConfig.Unpack<Envoy.Extensions.Filters.Http.ExtAuthz.V3.ExtAuthz>();

        Assert.Equal("outbound|80||shop.store.svc.cluster.local", question.GrpcService.EnvoyGrpc.ClusterName);
        Assert.Equal("outbound_80__shop.store.svc.cluster.local", question.GrpcService.EnvoyGrpc.Authority);
        Assert.Equal((2, 403, true, 10u), (question.GrpcService.Timeout.Seconds, question.StatusOnError.Code, question.WithRequestBody.PackAsBytes, question.WithRequestBody.MaxRequestBytes));
        Assert.Equal("istio-ext-authz-ask-", question.FilterEnabledMetadata.Value.StringMatch.Prefix);
        Assert.DoesNotContain(ControlPlane.Analysis.MeshAnalysis.Analyze(mesh), problem => problem.Code == Resources.Validation.IstioCodes.ReferencedProviderNotUsable);
    }

    [Fact]
    public void A_provider_that_cannot_be_asked_refuses_what_the_rules_match()
    {
        var mesh = Custom("missing.example");
        var rbac = Manager(mesh).HttpFilters[0].TypedConfig.Unpack<HttpRbac>();

        Assert.Equal(RBAC.Types.Action.Deny, rbac.Rules.Action);
        Assert.StartsWith("istio-ext-authz-deny-due-to-bad-CUSTOM-action", Assert.Single(rbac.Rules.Policies).Key, StringComparison.Ordinal);
        Assert.Contains(ControlPlane.Analysis.MeshAnalysis.Analyze(mesh), problem => problem.Code == Resources.Validation.IstioCodes.ReferencedProviderNotUsable);
    }

    [Fact]
    public void Keys_that_could_not_be_fetched_accept_nobody()
    {
        var mesh = Meshes.Mesh(Meshes.Object("RequestAuthentication", "jwt", "jwtRules: [{issuer: me, jwksUri: 'https://a.invalid/keys'}]", version: Security));
        var settings = Manager(mesh).HttpFilters.First(filter => filter.Name == "envoy.filters.http.jwt_authn").TypedConfig.Unpack<JwtAuthentication>();
        Assert.Equal("{\"keys\": []}", Assert.Single(settings.Providers).Value.LocalJwks.InlineString);
    }

    private static string Policy(string name, string spec) => Meshes.Object("AuthorizationPolicy", name, spec, version: Security);

    private static Model.MeshSnapshot Custom(string service) => Meshes.Mesh(
        Meshes.MeshConfig("{extensionProviders: [{name: ask, envoyExtAuthzHttp: {service: " + service + ", port: 80, failOpen: true, statusOnError: \"503\", headersToUpstreamOnAllow: [x-user]}}]}"),
        Policy("p", "action: CUSTOM, provider: {name: ask}, rules: [{to: [{operation: {paths: [/admin*]}}]}]"));

    private static RBAC Rules(List<HttpRbac> filters) => Assert.Single(filters).Rules;

    private static List<HttpRbac> Http(params string[] yaml) =>
        [.. Manager(Meshes.Mesh(yaml)).HttpFilters.Where(filter => filter.Name == "envoy.filters.http.rbac").Select(filter => filter.TypedConfig.Unpack<HttpRbac>())];

    private static HttpConnectionManager Manager(Model.MeshSnapshot mesh) => Configured.Sidecar(mesh, "reviews-v1").Listener("virtualInbound").FilterChains
        .First(chain => chain.FilterChainMatch.DestinationPort == 9080).Filters[^1].TypedConfig.Unpack<HttpConnectionManager>();
}
