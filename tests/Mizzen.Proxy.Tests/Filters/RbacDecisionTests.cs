using System.Text;
using System.Text.Json;
using Envoy.Extensions.Filters.Http.Rbac.V3;
using Mizzen.Proxy.Configuration;
using Mizzen.Proxy.Filters.Rbac;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Tests.Configuration;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Tests.Filters;

/// <summary>
/// Conditions as Istio's control plane writes them, against one request: GET /api/users/7?full=1 for shop.example:8080 from 10.1.2.3, by the
/// workload spiffe://cluster.local/ns/web/sa/front, with a token of https://issuer for the subject alice.
/// </summary>
public sealed class RbacDecisionTests
{
    private static readonly JsonElement Token = JsonDocument.Parse("""
        {"iss": "https://issuer", "sub": "alice", "aud": ["shop", "books"], "realm": {"roles": ["admin"]}, "age": 42, "verified": true, "none": null}
        """).RootElement;

    [Theory]
    [InlineData("""{"any": true}""", true)]
    [InlineData("""{"not_rule": {"any": true}}""", false)]
    [InlineData("""{"and_rules": {"rules": [{"any": true}, {"destination_port": 8080}]}}""", true)]
    [InlineData("""{"and_rules": {"rules": [{"any": true}, {"destination_port": 8081}]}}""", false)]
    [InlineData("""{"or_rules": {"rules": [{"destination_port": 1}, {"destination_port_range": {"start": 8080, "end": 8081}}]}}""", true)]
    [InlineData("""{"destination_port_range": {"start": 8000, "end": 8080}}""", false)]
    [InlineData("""{"destination_ip": {"address_prefix": "10.9.0.0", "prefix_len": 16}}""", true)]
    [InlineData("""{"destination_ip": {"address_prefix": "10.9.200.1", "prefix_len": 16}}""", true)]
    [InlineData("""{"destination_ip": {"address_prefix": "10.8.0.0", "prefix_len": 16}}""", false)]
    [InlineData("""{"destination_ip": {"address_prefix": "::", "prefix_len": 0}}""", false)]
    [InlineData("""{"header": {"name": ":method", "string_match": {"exact": "GET"}}}""", true)]
    [InlineData("""{"header": {"name": ":authority", "string_match": {"exact": "SHOP.example:8080", "ignore_case": true}}}""", true)]
    [InlineData("""{"header": {"name": "x-team", "present_match": true}}""", true)]
    [InlineData("""{"header": {"name": "x-absent", "string_match": {"exact": ""}}}""", false)]
    [InlineData("""{"url_path": {"path": {"exact": "/api/users/7"}}}""", true)]
    [InlineData("""{"url_path": {"path": {"suffix": "full=1"}}}""", false)]
    [InlineData("""{"url_path": {"path": {"safe_regex": {"regex": "/api/.+/[0-9]"}}}}""", true)]
    [InlineData("""{"uri_template": {"name": "t", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig", "path_template": "/api/*/7"}}}""", true)]
    [InlineData("""{"uri_template": {"name": "t", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig", "path_template": "/*/7"}}}""", false)]
    [InlineData("""{"uri_template": {"name": "t", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig", "path_template": "/**"}}}""", true)]
    [InlineData("""{"requested_server_name": {"exact": "outbound_.80_._.shop"}}""", true)]
    [InlineData("""{"requested_server_name": {"exact": ""}}""", false)]
    public void A_permission(string permission, bool holds) => Assert.Equal(holds, Matches(permission, """{"any": true}"""));

    [Theory]
    [InlineData("""{"authenticated": {}}""", true)]
    [InlineData("""{"authenticated": {"principal_name": {"exact": "spiffe://cluster.local/ns/web/sa/front"}}}""", true)]
    [InlineData("""{"authenticated": {"principal_name": {"exact": "spiffe://cluster.local/ns/web/sa/fron"}}}""", false)]
    [InlineData("""{"authenticated": {"principal_name": {"safe_regex": {"regex": ".*/ns/web/.*"}}}}""", true)]
    [InlineData("""{"authenticated": {"principal_name": {"suffix": "/sa/front"}}}""", true)]
    [InlineData("""{"not_id": {"authenticated": {"principal_name": {"prefix": "spiffe://td/"}}}}""", true)]
    [InlineData("""{"direct_remote_ip": {"address_prefix": "10.1.2.3", "prefix_len": 32}}""", true)]
    [InlineData("""{"source_ip": {"address_prefix": "10.1.0.0", "prefix_len": 16}}""", true)]
    [InlineData("""{"remote_ip": {"address_prefix": "10.1.2.3", "prefix_len": 32}}""", false)]
    [InlineData("""{"remote_ip": {"address_prefix": "203.0.113.0", "prefix_len": 24}}""", true)]
    [InlineData("""{"header": {"name": "x-team", "string_match": {"prefix": "bl"}}}""", true)]
    [InlineData("""{"or_ids": {"ids": [{"not_id": {"any": true}}, {"url_path": {"path": {"prefix": "/api/"}}}]}}""", true)]
    [InlineData("""{"metadata": {"filter": "jwt", "path": [{"key": "payload"}, {"key": "sub"}], "value": {"string_match": {"exact": "alice"}}}}""", true)]
    [InlineData("""{"metadata": {"filter": "jwt", "path": [{"key": "payload"}, {"key": "aud"}], "value": {"string_match": {"exact": "shop"}}}}""", false)]
    [InlineData("""{"metadata": {"filter": "jwt", "path": [{"key": "payload"}, {"key": "aud"}], "value": {"list_match": {"one_of": {"string_match": {"exact": "shop"}}}}}}""", true)]
    [InlineData("""{"metadata": {"filter": "jwt", "path": [{"key": "payload"}, {"key": "realm"}, {"key": "roles"}], "value": {"list_match": {"one_of": {"string_match": {"prefix": "adm"}}}}}}""", true)]
    [InlineData("""{"metadata": {"filter": "jwt", "path": [{"key": "payload"}, {"key": "sub"}], "value": {"or_match": {"value_matchers": [{"bool_match": true}, {"string_match": {"exact": "alice"}}]}}}}""", true)]
    [InlineData("""{"metadata": {"filter": "jwt", "path": [{"key": "payload"}, {"key": "age"}], "value": {"double_match": {"range": {"start": 18, "end": 65}}}}}""", true)]
    [InlineData("""{"metadata": {"filter": "jwt", "path": [{"key": "payload"}, {"key": "age"}], "value": {"double_match": {"exact": 41}}}}""", false)]
    [InlineData("""{"metadata": {"filter": "jwt", "path": [{"key": "payload"}, {"key": "verified"}], "value": {"bool_match": true}}}""", true)]
    [InlineData("""{"metadata": {"filter": "jwt", "path": [{"key": "payload"}, {"key": "none"}], "value": {"null_match": {}}}}""", true)]
    [InlineData("""{"metadata": {"filter": "jwt", "path": [{"key": "payload"}, {"key": "email"}], "value": {"present_match": true}}}""", false)]
    [InlineData("""{"metadata": {"filter": "jwt", "path": [{"key": "payload"}, {"key": "email"}], "value": {"present_match": false}}}""", true)]
    [InlineData("""{"metadata": {"filter": "other", "path": [{"key": "payload"}], "value": {"present_match": true}, "invert": true}}""", true)]
    public void A_principal(string principal, bool holds) => Assert.Equal(holds, Matches("""{"any": true}""", principal));

    [Fact]
    public void What_a_client_without_a_certificate_calls_itself_is_nobody()
    {
        var rules = Rules("""{"any": true}""", """{"authenticated": {}}""");
        Assert.Null(RbacDecision.Match(rules, new RbacSubject { Request = Request() }));
    }

    [Fact]
    public void Conditions_on_requests_do_not_hold_for_connections()
    {
        var rules = Rules("""{"header": {"name": ":method", "string_match": {"exact": "GET"}}}""", """{"any": true}""");
        Assert.Null(RbacDecision.Match(rules, new RbacSubject { Peer = Peer() }));
    }

    [Theory]
    [InlineData(RbacAction.Allow, true, true)]
    [InlineData(RbacAction.Allow, false, false)]
    [InlineData(RbacAction.Deny, true, false)]
    [InlineData(RbacAction.Deny, false, true)]
    [InlineData(RbacAction.Log, true, true)]
    [InlineData(RbacAction.Log, false, true)]
    public void What_a_match_means(object action, bool matches, bool allowed)
    {
        var policy = new RbacPolicy("p", new RbacCondition.Any(), new RbacCondition.Any());
        Assert.Equal(allowed, RbacDecision.Allows((RbacAction)action, matches ? policy : null));
    }

    [Fact]
    public void Policies_are_looked_at_in_the_order_of_their_names()
    {
        var message = XdsText.Message<RBAC>("""
            {"rules": {"action": "DENY", "policies": {
              "b": {"permissions": [{"any": true}], "principals": [{"any": true}]},
              "a": {"permissions": [{"any": true}], "principals": [{"any": true}]}}}}
            """);
        var problems = new Problems();
        var model = (RbacModel)RbacCompiler.Kind.Read(Google.Protobuf.WellKnownTypes.Any.Pack(message), problems)!;
        Assert.Equal("rbac_access_denied_matched_policy[a]", RbacDecision.Match(model.Rules!, default)!.DeniedDetails);
    }

    private static bool Matches(string permission, string principal)
    {
        var metadata = new DynamicMetadata();
        metadata.Set("jwt", "payload", MetadataValue.Of(Token));
        var subject = new RbacSubject
        {
            Request = Request(),
            Peer = Peer(),
            RequestedServerName = "outbound_.80_._.shop"u8,
            DirectRemote = NetAddress.V4(0x0a010203, 40000),
            Remote = NetAddress.V4(0xcb007107, 0),
            Local = NetAddress.V4(0x0a090001, 8080),
            Metadata = metadata,
        };
        return RbacDecision.Match(Rules(permission, principal), subject) is not null;
    }

    private static PeerCertificate Peer() => new() { Uris = [Encoding.ASCII.GetBytes("spiffe://cluster.local/ns/web/sa/front")] };

    private static RequestHead Request()
    {
        var head = new RequestHead();
        var scanned = 0;
        var error = head.Read(
            new BufferPool(), "GET /api/users/7?full=1 HTTP/1.1\r\nhost: shop.example:8080\r\nx-team: blue\r\n\r\n"u8, ref scanned, out _);
        Assert.Equal(HeadError.None, error);
        return head;
    }

    private static RbacRules Rules(string permission, string principal)
    {
        var message = XdsText.Message<RBAC>(
            "{\"rules\": {\"policies\": {\"p\": {\"permissions\": [" + permission + "], \"principals\": [" + principal + "]}}}}");
        var problems = new Problems();
        var model = (RbacModel)RbacCompiler.Kind.Read(Google.Protobuf.WellKnownTypes.Any.Pack(message), problems)!;
        Assert.Equal("", problems.ToString());
        return model.Rules!;
    }
}
