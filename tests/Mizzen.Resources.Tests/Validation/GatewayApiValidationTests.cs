using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.Resources.Tests.Validation;

/// <summary>What admission says about objects of the Gateway API.</summary>
public sealed class GatewayApiValidationTests
{
    [Theory]
    [InlineData("Gateway", "gatewayClassName: istio, listeners: [{name: a, port: 80, protocol: HTTP}, {name: b, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: x}]}}]", "")]
    [InlineData("Gateway", "gatewayClassName: istio, listeners: []", "spec.listeners: a Gateway needs a listener")]
    [InlineData("Gateway", "gatewayClassName: istio, listeners: [{name: a, port: 80, protocol: HTTP, tls: {}}]", "spec.listeners[0].tls: is not for protocol HTTP")]
    [InlineData("Gateway", "gatewayClassName: istio, listeners: [{name: a, port: 443, protocol: HTTPS, tls: {mode: Passthrough}}]", "spec.listeners[0].tls.mode: a listener of protocol HTTPS ends TLS")]
    [InlineData("Gateway", "gatewayClassName: istio, listeners: [{name: a, port: 443, protocol: HTTPS, tls: {}}]", "spec.listeners[0].tls.certificateRefs: is missing")]
    [InlineData("Gateway", "gatewayClassName: istio, listeners: [{name: a, port: 53, protocol: UDP, hostname: x.org}]", "spec.listeners[0].hostname: is not for protocol UDP")]
    [InlineData("Gateway", "gatewayClassName: istio, listeners: [{name: a, port: 0, protocol: TCP}]", "spec.listeners[0].port: 0 is not a port")]
    [InlineData("Gateway", "gatewayClassName: istio, listeners: [{name: a, port: 80, protocol: HTTP}, {name: a, port: 81, protocol: HTTP}]", "spec.listeners[1].name: another listener has the name a")]
    [InlineData("Gateway", "gatewayClassName: istio, listeners: [{name: a, port: 80, protocol: HTTP}, {name: b, port: 80, protocol: HTTP}]", "spec.listeners[1]: listener a has the same port, protocol and hostname")]
    [InlineData("Gateway", "gatewayClassName: istio, listeners: [{name: a, port: 80, protocol: HTTP}], addresses: [{value: 192.0.2.1}, {type: IPAddress, value: 192.0.2.1}]", "spec.addresses[1]: 192.0.2.1 stands here twice")]
    [InlineData("Gateway", "gatewayClassName: istio, listeners: [{name: a, port: 80, protocol: HTTP}], tls: {frontend: {default: {validation: {}}}}", "spec.tls.frontend.default.validation.caCertificateRefs: is missing")]
    [InlineData("ListenerSet", "parentRef: {name: g}, listeners: [{name: a, port: 443, protocol: TLS}]", "spec.listeners[0].tls.mode: is missing")]
    [InlineData("HTTPRoute", "hostnames: [192.0.2.1]", "spec.hostnames[0]: 192.0.2.1 is an address")]
    [InlineData("HTTPRoute", "rules: [{matches: [{path: {value: api}}]}]", "spec.rules[0].matches[0].path.value: 'api' does not begin with a slash")]
    [InlineData("HTTPRoute", "rules: [{matches: [{path: {value: /a//b}}]}]", "spec.rules[0].matches[0].path.value: '/a//b' contains //")]
    [InlineData("HTTPRoute", "rules: [{filters: [{type: RequestRedirect}]}]", "spec.rules[0].filters[0].requestRedirect: is missing")]
    [InlineData("HTTPRoute", "rules: [{filters: [{type: RequestRedirect, requestRedirect: {}}], backendRefs: [{name: a, port: 80}]}]", "spec.rules[0].backendRefs: a rule that redirects sends nowhere")]
    [InlineData("HTTPRoute", "rules: [{timeouts: {request: 1s, backendRequest: 2s}}]", "spec.rules[0].timeouts.backendRequest: is longer than request")]
    [InlineData("TLSRoute", "rules: [{backendRefs: [{name: a, port: 443}]}]", "spec.hostnames: is missing")]
    [InlineData("TCPRoute", "rules: []", "spec.rules: is missing")]
    [InlineData("TCPRoute", "rules: [{}]", "spec.rules[0].backendRefs: is missing")]
    [InlineData("BackendTLSPolicy", "targetRefs: [{group: '', kind: Service, name: a}], validation: {hostname: a.org}", "spec.validation: there is neither")]
    [InlineData("BackendTLSPolicy", "targetRefs: [{group: '', kind: Service, name: a}, {group: '', kind: Service, name: a}], validation: {hostname: a.org, wellKnownCACertificates: System}", "spec.targetRefs[1]: Service a stands here twice")]
    [InlineData("BackendTLSPolicy", "targetRefs: [{group: '', kind: Service, name: a}], validation: {hostname: a.org, wellKnownCACertificates: System, subjectAltNames: [{type: URI, hostname: a}]}", "spec.validation.subjectAltNames[0]: a name of type URI needs uri")]
    public void A_rule(string kind, string spec, string expected)
    {
        var read = ResourceReader.Read($"{{apiVersion: gateway.networking.k8s.io/v1, kind: {kind}, metadata: {{name: x}}, spec: {{{spec}}}}}", "test");
        var found = GatewayApiValidation.Validate(kind, Assert.Single(read.Documents).Node);

        if (expected.Length == 0)
        {
            Assert.Empty(found);
        }
        else
        {
            var problem = Assert.Single(found);
            Assert.StartsWith(expected, $"{problem.Path}: {problem.Text}", StringComparison.Ordinal);
        }
    }
}
