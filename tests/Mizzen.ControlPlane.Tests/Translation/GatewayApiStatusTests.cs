using Mizzen.ControlPlane.Model.GatewayApi;

namespace Mizzen.ControlPlane.Tests.Translation;

/// <summary>What Gateways and routes are told, in the specification's words.</summary>
public sealed class GatewayApiStatusTests
{
    private const string Base = """
        apiVersion: gateway.networking.k8s.io/v1
        kind: GatewayClass
        metadata: {name: istio}
        spec: {controllerName: istio.io/gateway-controller}
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: GatewayClass
        metadata: {name: other}
        spec: {controllerName: example.com/other}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: entry-istio}
        spec: {type: LoadBalancer, clusterIP: 10.96.0.50, selector: {gateway.networking.k8s.io/gateway-name: entry}, ports: [{name: http, port: 80}]}
        status: {loadBalancer: {ingress: [{ip: 192.0.2.1}]}}
        """;

    private const string Broken = "{apiVersion: v1, kind: Secret, metadata: {name: broken}, data: {tls.crt: SGVsbG8=, tls.key: d29ybGQ=}}";

    [Theory]
    [InlineData("served", "[{name: a, port: 80, protocol: HTTP}]", "Accepted=True/Accepted Programmed=True/Programmed", "a: Accepted=True/Accepted Conflicted=False/NoConflicts ResolvedRefs=True/ResolvedRefs Programmed=True/Programmed")]
    [InlineData("a protocol that is not there", "[{name: a, port: 80, protocol: HBONE}]", "Accepted=False/ListenersNotValid Programmed=False/Invalid", "a: Accepted=False/UnsupportedProtocol Conflicted=False/NoConflicts ResolvedRefs=True/ResolvedRefs Programmed=False/Invalid")]
    [InlineData("a host twice", "[{name: a, port: 80, protocol: HTTP, hostname: x.org}, {name: b, port: 80, protocol: HTTP, hostname: x.org}]", "Accepted=True/ListenersNotValid Programmed=True/Programmed", "b: Accepted=False/HostnameConflict Conflicted=True/HostnameConflict ResolvedRefs=True/ResolvedRefs Programmed=False/Invalid")]
    [InlineData("two protocols on a port", "[{name: a, port: 80, protocol: HTTP}, {name: b, port: 80, protocol: TCP}]", "Accepted=True/ListenersNotValid Programmed=True/Programmed", "b: Accepted=False/ProtocolConflict Conflicted=True/ProtocolConflict ResolvedRefs=True/ResolvedRefs Programmed=False/Invalid")]
    [InlineData("a kind that HTTP does not take", "[{name: a, port: 80, protocol: HTTP, allowedRoutes: {kinds: [{kind: TCPRoute}]}}]", "Accepted=True/Accepted Programmed=True/Programmed", "a: Accepted=True/Accepted Conflicted=False/NoConflicts ResolvedRefs=False/InvalidRouteKinds Programmed=True/Programmed")]
    [InlineData("no certificate", "[{name: a, port: 443, protocol: HTTPS}]", "Accepted=True/ListenersNotValid Programmed=False/Invalid", "a: Accepted=True/Accepted Conflicted=False/NoConflicts ResolvedRefs=False/InvalidCertificateRef Programmed=False/Invalid")]
    [InlineData("a missing Secret", "[{name: a, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: missing}]}}]", "Accepted=True/ListenersNotValid Programmed=False/Invalid", "a: Accepted=True/Accepted Conflicted=False/NoConflicts ResolvedRefs=False/InvalidCertificateRef Programmed=False/Invalid")]
    [InlineData("a Secret of something else", "[{name: a, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: broken}]}}]", "Accepted=True/ListenersNotValid Programmed=False/Invalid", "a: Accepted=True/Accepted Conflicted=False/NoConflicts ResolvedRefs=False/InvalidCertificateRef Programmed=False/Invalid")]
    [InlineData("a Secret of another namespace", "[{name: a, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: broken, namespace: other}]}}]", "Accepted=True/ListenersNotValid Programmed=False/Invalid", "a: Accepted=True/Accepted Conflicted=False/NoConflicts ResolvedRefs=False/RefNotPermitted Programmed=False/Invalid")]
    [InlineData("no authority", "[{name: a, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: broken}], frontendValidation: {caCertificateRefs: [{group: example.com, kind: Bundle, name: x}]}}}]", "Accepted=False/ListenersNotValid Programmed=False/Invalid", "a: Accepted=False/NoValidCACertificate Conflicted=False/NoConflicts ResolvedRefs=False/InvalidCertificateRef Programmed=False/Invalid")]
    [InlineData("unopened", "[{name: a, port: 443, protocol: TLS, tls: {mode: Passthrough}}]", "Accepted=True/Accepted Programmed=True/Programmed", "a: Accepted=True/Accepted Conflicted=False/NoConflicts ResolvedRefs=True/ResolvedRefs Programmed=True/Programmed")]
    [InlineData("unopened HTTPS", "[{name: a, port: 443, protocol: HTTPS, tls: {mode: Passthrough}}]", "Accepted=False/ListenersNotValid Programmed=False/Invalid", "a: Accepted=False/UnsupportedProtocol Conflicted=False/NoConflicts ResolvedRefs=True/ResolvedRefs Programmed=False/Invalid")]
    [InlineData("hosts that overlap", "[{name: a, port: 443, protocol: TLS, hostname: x.org, tls: {mode: Passthrough}}, {name: b, port: 443, protocol: TLS, tls: {mode: Passthrough}}]", "Accepted=True/Accepted Programmed=True/Programmed", "a: Accepted=True/Accepted Conflicted=False/NoConflicts ResolvedRefs=True/ResolvedRefs Programmed=True/Programmed OverlappingTLSConfig=True/OverlappingHostnames")]
    public void A_gateway(string what, string listeners, string gateway, string listener)
    {
        var verdict = Assert.Single(MeshOf.Yaml(Base, Broken, Gateway(listeners)).GatewayApi.GatewayVerdicts);

        Assert.Equal((what, gateway), (what, Text(verdict.Conditions)));
        var name = listener.Split(':')[0];
        Assert.Equal((what, listener), (what, $"{name}: {Text(verdict.Listeners.Single(entry => entry.Name == name).Conditions)}"));
        Assert.Equal("192.0.2.1", Assert.Single(verdict.Addresses).Value);
    }

    [Theory]
    [InlineData("attached", "parentRefs: [{name: entry}], rules: [{backendRefs: [{name: app, port: 80}]}]", "Accepted=True/Accepted ResolvedRefs=True/ResolvedRefs", 1)]
    [InlineData("no such listener", "parentRefs: [{name: entry, sectionName: x}]", "Accepted=False/NoMatchingParent ResolvedRefs=True/ResolvedRefs", 0)]
    [InlineData("no such port", "parentRefs: [{name: entry, port: 81}]", "Accepted=False/NoMatchingParent ResolvedRefs=True/ResolvedRefs", 0)]
    [InlineData("another host", "parentRefs: [{name: entry}], hostnames: [example.org]", "Accepted=False/NoMatchingListenerHostname ResolvedRefs=True/ResolvedRefs", 0)]
    [InlineData("a missing backend", "parentRefs: [{name: entry}], rules: [{backendRefs: [{name: missing, port: 80}]}]", "Accepted=True/Accepted ResolvedRefs=False/BackendNotFound", 1)]
    [InlineData("another namespace", "parentRefs: [{name: entry}], rules: [{backendRefs: [{name: app, namespace: other, port: 80}]}]", "Accepted=True/Accepted ResolvedRefs=False/RefNotPermitted", 1)]
    [InlineData("another kind", "parentRefs: [{name: entry}], rules: [{backendRefs: [{kind: Bucket, name: app, port: 80}]}]", "Accepted=True/Accepted ResolvedRefs=False/InvalidKind", 1)]
    [InlineData("a filter that is not there", "parentRefs: [{name: entry}], rules: [{filters: [{type: ExtensionRef}]}]", "Accepted=False/UnsupportedValue ResolvedRefs=True/ResolvedRefs", 1)]
    [InlineData("a setting that is not there", "parentRefs: [{name: entry}], rules: [{sessionPersistence: {sessionName: s}, backendRefs: [{name: app, port: 80}]}]", "Accepted=False/UnsupportedValue ResolvedRefs=True/ResolvedRefs", 1)]
    [InlineData("a Service", "parentRefs: [{group: '', kind: Service, name: app}]", "Accepted=True/Accepted ResolvedRefs=True/ResolvedRefs", 0)]
    [InlineData("no such Service", "parentRefs: [{group: '', kind: Service, name: missing}]", "Accepted=False/NoMatchingParent ResolvedRefs=True/ResolvedRefs", 0)]
    public void A_route(string what, string spec, string expected, int attached)
    {
        var api = MeshOf.Yaml(
            Base,
            Gateway("[{name: a, port: 80, protocol: HTTP, hostname: '*.example.com'}]"),
            "{apiVersion: v1, kind: Service, metadata: {name: app}, spec: {selector: {app: app}, ports: [{name: http, port: 80}]}}",
            Meshes.Object("HTTPRoute", "route", spec, version: "gateway.networking.k8s.io/v1")).GatewayApi;

        Assert.Equal((what, expected), (what, Text(Assert.Single(Assert.Single(api.RouteVerdicts).Parents).Conditions)));
        Assert.Equal((what, attached), (what, api.GatewayVerdicts[0].Listeners[0].AttachedRoutes));
    }

    [Fact]
    public void A_route_of_another_namespace_is_not_allowed_unless_the_listener_says_so()
    {
        var route = Meshes.Object("HTTPRoute", "route", "parentRefs: [{name: entry, namespace: default}]", "elsewhere", "gateway.networking.k8s.io/v1");

        var same = MeshOf.Yaml(Base, Gateway("[{name: a, port: 80, protocol: HTTP}]"), route);
        var all = MeshOf.Yaml(Base, Gateway("[{name: a, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}]"), route);

        Assert.StartsWith("Accepted=False/NotAllowedByListeners", Text(same.GatewayApi.RouteVerdicts[0].Parents[0].Conditions), StringComparison.Ordinal);
        Assert.StartsWith("Accepted=True/Accepted", Text(all.GatewayApi.RouteVerdicts[0].Parents[0].Conditions), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("allowed", "from: Same", "[{name: b, port: 81, protocol: HTTP}]", "Accepted=True/Accepted Programmed=True/Programmed", 1)]
    [InlineData("not allowed", "from: None", "[{name: b, port: 81, protocol: HTTP}]", "Accepted=False/NotAllowed Programmed=False/NotAllowed", 0)]
    [InlineData("in conflict with the Gateway", "from: All", "[{name: b, port: 80, protocol: HTTP}]", "Accepted=False/ListenersNotValid Programmed=False/Invalid", 0)]
    [InlineData("in conflict in part", "from: All", "[{name: a, port: 80, protocol: HTTP}, {name: b, port: 81, protocol: HTTP}]", "Accepted=True/ListenersNotValid Programmed=True/Programmed", 1)]
    public void A_listener_set(string what, string from, string listeners, string expected, int attached)
    {
        var api = MeshOf.Yaml(
            Base,
            Meshes.Object("Gateway", "entry", $"gatewayClassName: istio, allowedListeners: {{namespaces: {{{from}}}}}, listeners: [{{name: a, port: 80, protocol: HTTP}}]", version: "gateway.networking.k8s.io/v1"),
            Meshes.Object("ListenerSet", "more", $"parentRef: {{name: entry}}, listeners: {listeners}", version: "gateway.networking.k8s.io/v1")).GatewayApi;

        Assert.Equal((what, expected), (what, Text(Assert.Single(api.SetVerdicts).Conditions)));
        Assert.Equal((what, attached), (what, api.GatewayVerdicts[0].AttachedSets));
    }

    [Theory]
    [InlineData("accepted", "targetRefs: [{group: '', kind: Service, name: app}], validation: {hostname: app.internal, wellKnownCACertificates: System}", "Accepted=True/Accepted ResolvedRefs=True/ResolvedRefs")]
    [InlineData("for a port", "targetRefs: [{group: '', kind: Service, name: app, sectionName: http}], validation: {hostname: app.internal, wellKnownCACertificates: System}", "Accepted=True/Accepted ResolvedRefs=True/ResolvedRefs")]
    [InlineData("for no port", "targetRefs: [{group: '', kind: Service, name: app, sectionName: ftp}], validation: {hostname: app.internal, wellKnownCACertificates: System}", "Accepted=False/TargetNotFound ResolvedRefs=True/ResolvedRefs")]
    [InlineData("younger", "targetRefs: [{group: '', kind: Service, name: taken}], validation: {hostname: app.internal, wellKnownCACertificates: System}", "Accepted=False/Conflicted ResolvedRefs=True/ResolvedRefs")]
    [InlineData("no authority", "targetRefs: [{group: '', kind: Service, name: app}], validation: {hostname: app.internal, caCertificateRefs: [{group: '', kind: ConfigMap, name: missing}]}", "Accepted=False/NoValidCACertificate ResolvedRefs=False/InvalidCACertificateRef")]
    [InlineData("another kind", "targetRefs: [{group: '', kind: Service, name: app}], validation: {hostname: app.internal, caCertificateRefs: [{group: example.com, kind: Bundle, name: x}]}", "Accepted=False/NoValidCACertificate ResolvedRefs=False/InvalidKind")]
    public void A_policy_for_backends(string what, string spec, string expected)
    {
        var api = MeshOf.Yaml(
            Base,
            Gateway("[{name: a, port: 80, protocol: HTTP}]"),
            "{apiVersion: v1, kind: Service, metadata: {name: app}, spec: {selector: {app: app}, ports: [{name: http, port: 80}]}}",
            "{apiVersion: v1, kind: Service, metadata: {name: taken}, spec: {selector: {app: app}, ports: [{name: http, port: 80}]}}",
            Meshes.Object("HTTPRoute", "route", "parentRefs: [{name: entry}], rules: [{backendRefs: [{name: app, port: 80}, {name: taken, port: 80}]}]", version: "gateway.networking.k8s.io/v1"),
            Meshes.Object("BackendTLSPolicy", "older", "targetRefs: [{group: '', kind: Service, name: taken}], validation: {hostname: x, wellKnownCACertificates: System}", version: "gateway.networking.k8s.io/v1"),
            Meshes.Object("BackendTLSPolicy", "policy", spec, version: "gateway.networking.k8s.io/v1")).GatewayApi;

        var verdict = api.PolicyVerdicts[1];
        Assert.Equal((what, expected), (what, Text(verdict.Conditions)));
        Assert.Equal("entry", Assert.Single(verdict.Gateways).Metadata.Name);
    }

    [Theory]
    [InlineData("addresses: [{value: 192.0.2.1}]", "Accepted=True/Accepted Programmed=True/Programmed")]
    [InlineData("addresses: [{value: 192.0.2.9}]", "Accepted=True/Accepted Programmed=False/AddressNotUsable")]
    [InlineData("addresses: [{type: example.com/name, value: x}]", "Accepted=False/UnsupportedAddress Programmed=False/Invalid")]
    [InlineData("infrastructure: {parametersRef: {group: '', kind: ConfigMap, name: x}}", "Accepted=False/InvalidParameters Programmed=False/Invalid")]
    public void A_gateway_with(string spec, string expected)
    {
        var api = MeshOf.Yaml(Base, Meshes.Object("Gateway", "entry", $"gatewayClassName: istio, listeners: [{{name: a, port: 80, protocol: HTTP}}], {spec}", version: "gateway.networking.k8s.io/v1")).GatewayApi;

        Assert.Equal(expected, Text(Assert.Single(api.GatewayVerdicts).Conditions));
    }

    [Fact]
    public void What_is_not_ours_is_told_nothing()
    {
        var api = MeshOf.Yaml(
            Base,
            Meshes.Object("Gateway", "entry", "gatewayClassName: other, listeners: [{name: a, port: 80, protocol: HTTP}]", version: "gateway.networking.k8s.io/v1"),
            Meshes.Object("HTTPRoute", "route", "parentRefs: [{name: entry}]", version: "gateway.networking.k8s.io/v1")).GatewayApi;

        Assert.Empty(api.GatewayVerdicts);
        Assert.Empty(api.RouteVerdicts);
        Assert.Single(api.Classes);
    }

    [Fact]
    public void A_change_elsewhere_leaves_the_rules_as_they_are()
    {
        var mesh = new MeshOf().Apply(Base, Gateway("[{name: a, port: 80, protocol: HTTP}]"), Meshes.Object("HTTPRoute", "route", "parentRefs: [{name: entry}]", version: "gateway.networking.k8s.io/v1"));
        var before = mesh.Snapshot();
        var after = before.Next(mesh.Apply("{apiVersion: v1, kind: Service, metadata: {name: new}, spec: {ports: [{port: 80}]}}").Resources());

        Assert.Same(before.GatewayApi.VirtualServices, after.GatewayApi.VirtualServices);
        Assert.Same(before.GatewayApi.Gateways, after.GatewayApi.Gateways);
    }

    private static string Gateway(string listeners) =>
        Meshes.Object("Gateway", "entry", $"gatewayClassName: istio, listeners: {listeners}", version: "gateway.networking.k8s.io/v1");

    private static string Text(IEnumerable<GatewayCondition> conditions) =>
        string.Join(' ', conditions.Select(condition => $"{condition.Type}={condition.IsTrue}/{condition.Reason}"));
}
