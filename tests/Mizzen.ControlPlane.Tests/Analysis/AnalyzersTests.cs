using System.Text.Json.Nodes;
using Mizzen.ControlPlane.Analysis;
using Mizzen.ControlPlane.Model;
using Mizzen.ControlPlane.Offline;
using Mizzen.ControlPlane.Tests.Translation;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Tests.Analysis;

/// <summary>What is wrong in a set of objects: each row is YAML beside the small mesh, and the finding with its field.</summary>
public sealed class AnalyzersTests
{
    private const string Namespaces = """
        {apiVersion: v1, kind: Namespace, metadata: {name: default, labels: {istio-injection: enabled}}}
        ---
        {apiVersion: v1, kind: Namespace, metadata: {name: istio-system}}
        """;

    public static readonly (string What, string Yaml, string Expected)[] Rows =
    [
        ("a misspelt annotation", Pod("annotations: {sidecar.istio.io/injct: 'true'}"), "IST0108 Pod default/tried metadata.annotations.sidecar.istio.io/injct"),
        ("an annotation on the wrong kind", "{apiVersion: v1, kind: Service, metadata: {name: tried, namespace: default, annotations: {sidecar.istio.io/proxyCPU: 10m}}, spec: {ports: [{name: http, port: 80}]}}", "IST0107 Service default/tried metadata.annotations.sidecar.istio.io/proxyCPU"),
        ("an annotation that means nothing", Pod("annotations: {traffic.sidecar.istio.io/excludeOutboundPorts: all}"), "IST0125 Pod default/tried metadata.annotations.traffic.sidecar.istio.io/excludeOutboundPorts"),
        ("an annotation of the past", Pod("annotations: {sidecar.istio.io/discoveryAddress: x}"), "IST0135 Pod default/tried metadata.annotations.sidecar.istio.io/discoveryAddress"),
        ("a namespace that says nothing", "{apiVersion: v1, kind: Namespace, metadata: {name: tried}}", "IST0102 Namespace tried metadata.labels"),
        ("a namespace that says two things", "{apiVersion: v1, kind: Namespace, metadata: {name: tried, labels: {istio-injection: enabled, istio.io/rev: canary}}}", "IST0123 Namespace tried metadata.labels"),
        ("a namespace of a mesh that injects by default", "{apiVersion: v1, kind: Namespace, metadata: {name: tried}}\n---\n{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration, metadata: {name: x}, webhooks: [{name: namespace.sidecar-injector.istio.io, namespaceSelector: {matchExpressions: [{key: istio-injection, operator: DoesNotExist}]}}]}", "IST0148 Namespace tried metadata.labels"),
        ("a pod that is older than the label", Pod("labels: {app: x}"), "IST0103 Pod default/tried "),
        ("image: auto without injection", "{apiVersion: v1, kind: Pod, metadata: {name: tried, namespace: store}, spec: {containers: [{name: istio-proxy, image: auto}]}}", "IST0147 Pod store/tried spec.containers"),
        ("a workload with image: auto without injection", "{apiVersion: apps/v1, kind: Deployment, metadata: {name: tried, namespace: store}, spec: {template: {metadata: {labels: {app: gw}}, spec: {containers: [{name: istio-proxy, image: auto}]}}}}", "IST0146 Deployment store/tried spec.template.spec.containers"),
        ("a proxy of yesterday", "{apiVersion: apps/v1, kind: Deployment, metadata: {name: istiod, namespace: istio-system, labels: {app: istiod}}, spec: {template: {spec: {containers: [{name: discovery, env: [{name: PROXY_IMAGE, value: 'proxy:2'}]}]}}}}\n---\n{apiVersion: v1, kind: Pod, metadata: {name: tried, namespace: default}, spec: {containers: [{name: istio-proxy, image: 'proxy:1'}]}}", "IST0158 Namespace default "),
        ("an app that runs as the proxy's user", "{apiVersion: apps/v1, kind: Deployment, metadata: {name: tried, namespace: default}, spec: {template: {metadata: {labels: {app: x}}, spec: {containers: [{name: app, securityContext: {runAsUser: 1337}}]}}}}", "IST0144 Deployment default/tried spec.template.spec.containers[0].securityContext.runAsUser"),
        ("two protocols for one port", Workload + "\n---\n" + Service("one", "{name: http, port: 90}") + "\n---\n" + Service("two", "{name: tcp, port: 90}"), "IST0116 Deployment default/tried "),
        ("two numbers for one port", Workload + "\n---\n" + Service("one", "{name: http, port: 90, targetPort: 8080}") + "\n---\n" + Service("two", "{name: http, port: 91, targetPort: 8080}"), "IST0137 Deployment default/tried "),
        ("a TCP port of a name outside", "{apiVersion: v1, kind: Service, metadata: {name: tried, namespace: default}, spec: {type: ExternalName, externalName: a.example.com, ports: [{name: tcp, port: 5432}]}}", "IST0150 Service default/tried spec.ports[0].name"),
        ("TCP without addresses", Meshes.Object("ServiceEntry", "tried", "hosts: [db.example.com], resolution: DNS, ports: [{number: 5432, name: tcp, protocol: TCP}]"), "IST0134 ServiceEntry default/tried spec.ports[0]"),
        ("two protocols for one outside port", Meshes.Object("ServiceEntry", "tried", "hosts: [a.example.com], ports: [{number: 443, name: https, protocol: HTTPS}]") + "\n---\n" + Meshes.Object("ServiceEntry", "other", "hosts: [a.example.com], ports: [{number: 443, name: http, protocol: HTTP}]"), "IST0177 ServiceEntry default/tried spec.ports"),
        ("encryption to whomever", Meshes.Object("DestinationRule", "tried", "host: reviews, trafficPolicy: {tls: {mode: SIMPLE}}"), "IST0128 DestinationRule default/tried spec.trafficPolicy.tls"),
        ("encryption of a port to whomever", Meshes.Object("DestinationRule", "tried", "host: reviews, trafficPolicy: {portLevelSettings: [{port: {number: 80}, tls: {mode: SIMPLE}}]}"), "IST0129 DestinationRule default/tried spec.trafficPolicy.portLevelSettings[0].tls"),
        ("a listener without its Secret", Entry("{name: a, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: missing}]}}"), "IST0101 Gateway default/tried spec.listeners[0]"),
        ("a host of two listeners", Entry("{name: a, port: 80, protocol: HTTP}, {name: b, port: 80, protocol: HTTP}"), "IST0133 Gateway default/tried spec.listeners[1]"),
        ("a Secret that is not there", Door("secret"), "IST0101 Gateway default/tried spec.servers[0].tls.credentialName"),
        ("a Secret without a certificate", Door("secret") + "\n---\n{apiVersion: v1, kind: Secret, metadata: {name: secret, namespace: istio-system}, data: {tls.crt: eA==, tls.key: eA==}}", "IST0161 Gateway default/tried spec.servers[0].tls.credentialName"),
        ("one certificate at two doors", Door("secret") + "\n---\n" + Door("secret", "other"), "IST0138 Gateway default/tried spec.servers"),
        ("subsets that the gateway goes past", Meshes.VirtualService("hosts: [reviews], http: [{route: [{destination: {host: reviews, subset: v1}}]}]", "tried") + "\n---\n" + Meshes.VirtualService("hosts: [a.example.com], gateways: [door], http: [{route: [{destination: {host: reviews}}]}]", "front"), "IST0140 VirtualService default/tried spec.http"),
        ("a gateway that was generated", Meshes.VirtualService("hosts: [a.example.com], gateways: [x-istio-autogenerated-k8s-gateway-http], http: [{route: [{destination: {host: reviews}}]}]", "tried"), "IST0165 VirtualService default/tried spec.gateways[0]"),
        ("claims that nobody checks", Door("secret", "door") + "\n---\n" + Meshes.VirtualService("hosts: [a.example.com], gateways: [door], http: [{match: [{headers: {'@request.auth.claims.group': {exact: x}}}], route: [{destination: {host: reviews}}]}]", "tried"), "IST0149 VirtualService default/tried spec.http[0].match[0].headers"),
        ("a patch without an order", Filter("operation: INSERT_BEFORE, value: {name: x}", "HTTP_FILTER"), "IST0151 EnvoyFilter default/tried spec.configPatches[0].patch.operation"),
        ("REPLACE of a cluster", Filter("operation: REPLACE, value: {name: x}", "CLUSTER"), "IST0152 EnvoyFilter default/tried spec.configPatches[0].patch.operation"),
        ("ADD of a route", Filter("operation: ADD, value: {name: x}", "HTTP_ROUTE"), "IST0153 EnvoyFilter default/tried spec.configPatches[0].patch.operation"),
        ("REMOVE of a route", Filter("operation: REMOVE", "HTTP_ROUTE"), "IST0154 EnvoyFilter default/tried spec.configPatches[0].patch.operation"),
        ("a patch for one version without an order", Filter("operation: MERGE, value: {name: x}", "CLUSTER", "match: {proxy: {proxyVersion: '^1.*'}}, "), "IST0155 EnvoyFilter default/tried spec.configPatches[0].patch.operation"),
        ("Telemetry without a provider", Security("Telemetry", "accessLogging: [{providers: []}]", "telemetry.istio.io/v1"), "IST0157 Telemetry default/tried spec.accessLogging"),
        ("two Telemetries for a pod", Security("Telemetry", "selector: {matchLabels: {app: client}}", "telemetry.istio.io/v1") + "\n---\n" + Security("Telemetry", "selector: {matchLabels: {team: a}}", "telemetry.istio.io/v1", "other"), "IST0159 Telemetry default/tried spec.selector"),
        ("two Telemetries for a namespace", Security("Telemetry", "tracing: []", "telemetry.istio.io/v1") + "\n---\n" + Security("Telemetry", "tracing: []", "telemetry.istio.io/v1", "other"), "IST0160 Telemetry default/tried spec.selector"),
        ("a policy for no pod", Security("AuthorizationPolicy", "selector: {matchLabels: {app: nobody}}, rules: [{}]"), "IST0127 AuthorizationPolicy default/tried spec.selector"),
        ("a namespace that nobody has", Security("AuthorizationPolicy", "rules: [{from: [{source: {namespaces: [stor]}}]}]"), "IST0101 AuthorizationPolicy default/tried spec.rules[0].from[0].source.namespaces"),
        ("a target that does not exist", Security("AuthorizationPolicy", "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: nowhere}], rules: [{}]"), "IST0167 AuthorizationPolicy default/tried spec.targetRefs[0]"),
        ("labels of a Kubernetes Gateway's pods", "{apiVersion: v1, kind: Pod, metadata: {name: door, namespace: default, labels: {app: door, gateway.networking.k8s.io/gateway-name: door}}, spec: {containers: [{name: istio-proxy}]}}\n---\n" + Security("RequestAuthentication", "selector: {matchLabels: {app: door}}"), "IST0166 RequestAuthentication default/tried spec.selector"),
        ("keys from anywhere", Security("RequestAuthentication", "jwtRules: [{issuer: a, jwksUri: 'https://a.example.com/keys'}]"), "IST0175 RequestAuthentication default/tried spec.jwtRules[0].jwksUri"),
        ("a status that complains", "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: tried, namespace: default}, spec: {hosts: [reviews], http: [{directResponse: {status: 200}}]}, status: {conditions: [{type: Accepted, status: 'False', reason: Invalid, message: no}]}}", "IST0171 VirtualService default/tried status.conditions"),
        ("a webhook to nobody", "{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: istio-validator}, webhooks: [{name: a, clientConfig: {service: {name: istiod-old, namespace: istio-system}}}]}", "IST0139 ValidatingWebhookConfiguration istio-validator webhooks[0].clientConfig.service"),
        ("an external control plane without a name", Url("https://10.1.2.3:15017/inject"), "IST0164 MutatingWebhookConfiguration istio-x webhooks[0].clientConfig.url"),
        ("an external control plane without an address", Url(""), "IST0163 MutatingWebhookConfiguration istio-x webhooks[0].clientConfig.url"),
        ("definitions that are too old", Definition("gateways", "v0.8.1"), "IST0156 CustomResourceDefinition gateways.gateway.networking.k8s.io metadata.annotations.gateway.networking.k8s.io/bundle-version"),
        ("definitions that will be too old", Definition("gateways", "v1.0.0"), "IST0172 CustomResourceDefinition gateways.gateway.networking.k8s.io metadata.annotations.gateway.networking.k8s.io/bundle-version"),
        ("a definition that is too old to be read", Definition("tcproutes", "v1.5.0"), "IST0176 CustomResourceDefinition tcproutes.gateway.networking.k8s.io metadata.annotations.gateway.networking.k8s.io/bundle-version"),
        ("a field of the past", Meshes.Object("DestinationRule", "tried", "host: reviews, trafficPolicy: {outlierDetection: {consecutiveErrors: 5}}"), "IST0002 DestinationRule default/tried spec.trafficPolicy.outlierDetection.consecutiveErrors"),
        ("a version of the past", "{apiVersion: extensions/v1beta1, kind: Deployment, metadata: {name: tried, namespace: default}}", "IST0002 Deployment default/tried apiVersion"),
        ("a network of a cluster that nobody knows", "{apiVersion: v1, kind: ConfigMap, metadata: {name: istio, namespace: istio-system}, data: {meshNetworks: 'networks: {a: {endpoints: [{fromRegistry: west}]}}'}}", "IST0126 ConfigMap istio-system/istio data.meshNetworks"),
    ];

    /// <summary>Codes that <see cref="MeshAnalysisTests"/> proves.</summary>
    private static readonly string[] ProvedElsewhere =
    [
        IstioCodes.UnknownDestinationRuleHost, IstioCodes.DestinationRuleSubsetNotSelectPods, IstioCodes.Shadowed, IstioCodes.GatewayPortNotDefinedOnService, IstioCodes.ConflictingGateways,
        IstioCodes.PortNameIsNotUnderNamingConvention, IstioCodes.ConflictingListeners, IstioCodes.ConflictingSidecarWorkloadSelectors, IstioCodes.MultipleSidecarsWithoutWorkloadSelectors,
        IstioCodes.NotSupported, IstioCodes.ConflictingMeshGatewayVirtualServiceHosts, IstioCodes.VirtualServiceDestinationPortSelectorRequired, IstioCodes.VirtualServiceHostNotFoundInGateway,
    ];

    public static TheoryData<string, string, string> Mistakes()
    {
        var rows = new TheoryData<string, string, string>();
        foreach (var (what, yaml, expected) in Rows)
        {
            rows.Add(what, yaml, expected);
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_found_with_its_field_and_its_way_out(string what, string yaml, string expected)
    {
        var problems = Find(yaml);
        Assert.True(problems.Any(problem => $"{problem.Code} {problem.Key} {problem.Path}" == expected), $"{what}: {string.Join('\n', problems)}");
        Assert.All(problems, problem => Assert.NotNull(problem.Fix));
    }

    [Fact]
    public void Every_code_of_every_analyzer_is_found_by_some_row() => Assert.Empty(
        Analyzers.All.SelectMany(analyzer => analyzer.Codes).Distinct().Except(Rows.Select(row => row.Expected[..7])).Except(ProvedElsewhere));

    [Fact]
    public void Analyzers_are_named_once_and_find_what_they_say()
    {
        Assert.Equal(Analyzers.All.Count, Analyzers.All.Select(analyzer => analyzer.Name).Distinct().Count());
        foreach (var (_, yaml, _) in Rows)
        {
            var input = Input(yaml);
            Assert.All(Analyzers.All, analyzer => Assert.Empty(analyzer.Run(input).Select(problem => problem.Code).Except(analyzer.Codes)));
        }
    }

    [Fact]
    public void An_object_that_is_invalid_is_told_and_left_out()
    {
        var set = MeshObjects.Read(Objects(Meshes.VirtualService("hosts: [reviews]", "tried")), new Resources.Mesh.MeshConfig());
        Assert.Empty(set.VirtualServices);
        Assert.Equal(["IST0106"], set.Problems.Select(problem => problem.Code));
    }

    [Fact]
    public void Objects_become_the_mesh_that_a_control_plane_would_see()
    {
        var set = MeshObjects.Read(Objects(Meshes.Base), new Resources.Mesh.MeshConfig());
        Assert.Equal((3, 3), (set.Services.Count, set.Pods.Count));
    }

    private const string Workload = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: tried, namespace: default}, spec: {template: {metadata: {labels: {app: tried}}, spec: {containers: [{name: app}]}}}}";

    private static IReadOnlyList<Problem> Find(string yaml) => Analyzers.Run(Input(yaml));

    private static AnalysisInput Input(string yaml)
    {
        var objects = Objects(string.Join("\n---\n", Meshes.Base, Meshes.Gateway, Namespaces, yaml));
        return new AnalysisInput(MeshSnapshot.Of(MeshObjects.Read(objects, new Resources.Mesh.MeshConfig())), objects);
    }

    private static List<JsonObject> Objects(string yaml)
    {
        var read = ResourceReader.Read(yaml, "test");
        Assert.Empty(read.Problems);
        foreach (var metadata in read.Documents.Where(document => document.Key.Kind is "Pod" or "Service").Select(document => (JsonObject)document.Node["metadata"]!))
        {
            metadata["namespace"] ??= "default";
        }

        return [.. read.Documents.Select(document => document.Node)];
    }

    private static string Pod(string metadata) => $"{{apiVersion: v1, kind: Pod, metadata: {{name: tried, namespace: default, {metadata}}}, spec: {{containers: [{{name: app}}]}}}}";

    private static string Service(string name, string port) => $"{{apiVersion: v1, kind: Service, metadata: {{name: {name}, namespace: default}}, spec: {{selector: {{app: tried}}, ports: [{port}]}}}}";

    private static string Entry(string listeners) =>
        Meshes.Object("GatewayClass", "istio", "controllerName: istio.io/gateway-controller", version: "gateway.networking.k8s.io/v1") + "\n---\n"
        + Meshes.Object("Gateway", "tried", $"gatewayClassName: istio, listeners: [{listeners}]", version: "gateway.networking.k8s.io/v1");

    private static string Door(string secret, string name = "tried") =>
        Meshes.Object("Gateway", name, $"selector: {{istio: ingressgateway}}, servers: [{{port: {{number: 443, name: https, protocol: HTTPS}}, hosts: ['*'], tls: {{mode: SIMPLE, credentialName: {secret}}}}}]");

    private static string Filter(string patch, string place, string match = "") =>
        Meshes.Object("EnvoyFilter", "tried", $"configPatches: [{{applyTo: {place}, {match}patch: {{{patch}}}}}]", version: "networking.istio.io/v1alpha3");

    private static string Security(string kind, string spec, string version = "security.istio.io/v1", string name = "tried") => Meshes.Object(kind, name, spec, version: version);

    private static string Url(string url) => $"{{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration, metadata: {{name: istio-x}}, webhooks: [{{name: a, clientConfig: {{url: '{url}'}}}}]}}";

    private static string Definition(string plural, string version) =>
        $"{{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {{name: {plural}.gateway.networking.k8s.io, annotations: {{gateway.networking.k8s.io/bundle-version: {version}}}}}}}";
}
