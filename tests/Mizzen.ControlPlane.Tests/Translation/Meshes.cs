using Mizzen.ControlPlane.Model;

namespace Mizzen.ControlPlane.Tests.Translation;

/// <summary>A small mesh to try rules on: three services, each with a pod, and a client.</summary>
internal static class Meshes
{
    public const string Reviews = "reviews.default.svc.cluster.local";
    public const string Ratings = "ratings.default.svc.cluster.local";

    public const string Base = """
        apiVersion: v1
        kind: Pod
        metadata: {name: client, labels: {app: client, team: a}}
        spec: {containers: [{name: app}]}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: reviews-v1, labels: {app: reviews, version: v1}}
        spec: {containers: [{name: app, ports: [{name: web, containerPort: 9080}]}]}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: reviews-v2, labels: {app: reviews, version: v2}}
        spec: {containers: [{name: app, ports: [{name: web, containerPort: 9080}]}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: reviews}
        spec: {clusterIP: 10.96.0.1, selector: {app: reviews}, ports: [{name: http, port: 80, targetPort: web}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: ratings}
        spec: {clusterIP: 10.96.0.2, selector: {app: ratings}, ports: [{name: http, port: 80}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: shop, namespace: store}
        spec: {clusterIP: 10.96.0.3, selector: {app: shop}, ports: [{name: http, port: 80}]}
        """;

    public const string Gateway = """
        apiVersion: v1
        kind: Pod
        metadata: {name: gateway-0, namespace: istio-system, labels: {istio: ingressgateway}}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: istio-ingressgateway, namespace: istio-system}
        spec: {clusterIP: 10.96.0.9, selector: {istio: ingressgateway}, ports: [{name: http2, port: 80, targetPort: 8080}, {name: tcp, port: 5432, targetPort: 5432}]}
        """;

    public static string MeshConfig(string text) => $"""
        apiVersion: v1
        kind: ConfigMap
        metadata: {"{name: istio, namespace: istio-system}"}
        data:
          mesh: '{text}'
        """;

    public static string Object(string kind, string name, string spec, string ns = "default", string version = "networking.istio.io/v1") =>
        $"{{apiVersion: {version}, kind: {kind}, metadata: {{name: {name}, namespace: {ns}}}, spec: {{{spec}}}}}";

    public static string VirtualService(string spec, string name = "rule", string ns = "default") => Object("VirtualService", name, spec, ns);

    public static MeshSnapshot Mesh(params string[] more) => MeshOf.Yaml([Base, .. more]);

    public static Configured Client(params string[] more) => Configured.Sidecar(Mesh(more), "client");

    public static Configured GatewayProxy(params string[] more) => Configured.Gateway(Mesh([Gateway, .. more]), "gateway-0");

    /// <summary>What a client does with requests for reviews, when there is a VirtualService with these HTTP rules.</summary>
    public static IEnumerable<string> RoutesWith(string http) => Client(VirtualService($"hosts: [reviews], http: [{http}]")).Routes("80", Reviews + ":80");
}
