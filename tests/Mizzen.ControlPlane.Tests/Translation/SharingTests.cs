using System.Net;
using Google.Protobuf;
using Mizzen.ControlPlane.Model;
using Mizzen.ControlPlane.Translation;

namespace Mizzen.ControlPlane.Tests.Translation;

/// <summary>The same mesh gives the same bytes, and a change touches what it is about and nothing else.</summary>
public sealed class SharingTests(ITestOutputHelper output)
{
    [Fact]
    public void The_same_mesh_gives_the_same_bytes()
    {
        string[] yaml =
        [
            Meshes.Base, Meshes.Gateway, Meshes.MeshConfig("{accessLogFile: /dev/stdout, accessLogEncoding: JSON}"),
            Meshes.Object("DestinationRule", "reviews", "host: reviews, subsets: [{name: v1, labels: {version: v1}}]"),
            Meshes.VirtualService("hosts: [reviews], http: [{headers: {request: {set: {b: '1', a: '2'}}}, route: [{destination: {host: reviews, subset: v1}}]}]"),
        ];

        Assert.Equal(Bytes(MeshOf.Yaml(yaml)), Bytes(MeshOf.Yaml(yaml)));
    }

    [Fact]
    public void Nothing_new_is_nothing_new()
    {
        var translator = new ProxyTranslator();
        var mesh = Meshes.Mesh();
        var first = translator.Translate(mesh, MeshOf.Proxy(mesh, "client"));

        Assert.Same(first, translator.Translate(mesh.Next(mesh.Resources), MeshOf.Proxy(mesh, "client")));
    }

    [Fact]
    public void A_pods_own_status_changes_nothing()
    {
        var translator = new ProxyTranslator();
        var mesh = Meshes.Mesh();
        var proxy = MeshOf.Proxy(mesh, "client");
        var next = mesh.Next(mesh.Resources with
        {
            Pods = [.. mesh.Resources.Pods.Select(pod => pod with { Status = pod.Status! with { Message = "still well" } })],
        });

        Assert.Same(translator.Translate(mesh, proxy).Endpoints, translator.Translate(next, proxy).Endpoints);
    }

    [Fact]
    public void An_endpoint_that_goes_touches_the_endpoints_of_its_service_only()
    {
        var mesh = Meshes.Mesh();
        var (before, after) = Change(mesh, mesh.Resources with
        {
            EndpointSlices = [.. mesh.Resources.EndpointSlices.Select(slice => slice.Metadata.Name == "reviews-1" ? slice with { Endpoints = [.. slice.Endpoints!.Take(1)] } : slice)],
        });

        Assert.Same(before.Routes, after.Routes);
        Assert.Equal([$"outbound|80||{Meshes.Reviews}"], Touched(before.Endpoints, after.Endpoints));
        Assert.Empty(Touched(before.Clusters, after.Clusters));
        Assert.Empty(Touched(before.Listeners, after.Listeners));
    }

    [Fact]
    public void A_rule_that_changes_touches_the_routes_only()
    {
        var mesh = Meshes.Mesh();
        var more = new MeshOf().Apply(Meshes.Base, Meshes.VirtualService("hosts: [reviews], http: [{directResponse: {status: 200}}]")).Resources();
        var (before, after) = Change(mesh, mesh.Resources with { VirtualServices = more.VirtualServices });

        Assert.Equal(["80"], Touched(before.Routes, after.Routes));
        Assert.Same(before.Endpoints["outbound|80||" + Meshes.Reviews], after.Endpoints["outbound|80||" + Meshes.Reviews]);
        Assert.Empty(Touched(before.Clusters, after.Clusters));
        Assert.Empty(Touched(before.Listeners, after.Listeners));
    }

    [Fact]
    public void Proxies_of_one_namespace_share_everything_outbound()
    {
        var translator = new ProxyTranslator();
        var mesh = Meshes.Mesh();
        var one = translator.Translate(mesh, MeshOf.Proxy(mesh, "client"));
        var other = translator.Translate(mesh, MeshOf.Proxy(mesh, "reviews-v1"));

        Assert.Same(one.Routes, other.Routes);
        Assert.Same(one.Endpoints, other.Endpoints);
        Assert.Same(one.Listeners["0.0.0.0_80"], other.Listeners["0.0.0.0_80"]);
    }

    [Fact]
    public void A_thousand_services_and_two_hundred_proxies_cost_little_per_proxy()
    {
        const int services = 1000;
        const int proxies = 200;
        var yaml = Enumerable.Range(0, services).Select(i =>
            $"{{apiVersion: v1, kind: Service, metadata: {{name: s{i}, namespace: n{i % 10}}}, spec: {{selector: {{app: s{i}}}, ports: [{{name: {(i % 3 == 0 ? "tcp" : "http")}, port: {(i % 3 == 0 ? 5000 : 80)}}}]}}}}");
        var pods = Enumerable.Range(0, proxies).Select(i => $"{{apiVersion: v1, kind: Pod, metadata: {{name: p{i}, namespace: n{i % 10}, labels: {{app: s{i}}}}}}}");
        var mesh = MeshOf.Yaml([string.Join("\n---\n", yaml), string.Join("\n---\n", pods)]);
        var views = Enumerable.Range(0, proxies).Select(i => new ProxyView(
            ProxyType.Sidecar, IPAddress.Parse($"10.244.{i / 250}.{(i % 250) + 2}"), $"p{i}", $"n{i % 10}", new Dictionary<string, string> { ["app"] = $"s{i}" })).ToList();
        var translator = new ProxyTranslator();
        var cold = Time(() => views.ForEach(view => translator.Translate(mesh, view)));
        var slices = mesh.Resources.EndpointSlices.ToList();
        slices[0] = slices[0] with { Endpoints = [] };
        var started = TimeProvider.System.GetTimestamp();
        var next = mesh.Next(mesh.Resources with { EndpointSlices = slices });
        var snapshot = TimeProvider.System.GetElapsedTime(started);
        var endpoint = Time(() => views.ForEach(view => translator.Translate(next, view)));
        var rules = new MeshOf().Apply(Meshes.VirtualService("hosts: [s1.n1.svc.cluster.local], http: [{directResponse: {status: 200}}]")).Resources().VirtualServices;
        var ruled = next.Next(next.Resources with { VirtualServices = rules });
        var route = Time(() => views.ForEach(view => translator.Translate(ruled, view)));
        output.WriteLine($"{services} services, {proxies} proxies in 10 namespaces, ms per proxy: first {cold / proxies:0.00}, after an endpoint {endpoint / proxies:0.00}, after a rule {route / proxies:0.00}; snapshot {snapshot.TotalMilliseconds:0.0} ms");

        Assert.Equal(services, views.Select(view => translator.Translate(ruled, view)).First().Endpoints.Count);
    }

    private static double Time(Action work)
    {
        var started = TimeProvider.System.GetTimestamp();
        work();
        return TimeProvider.System.GetElapsedTime(started).TotalMilliseconds;
    }

    private static (ProxyResources Before, ProxyResources After) Change(MeshSnapshot mesh, ResourceSet next)
    {
        var translator = new ProxyTranslator();
        var proxy = MeshOf.Proxy(mesh, "client");
        return (translator.Translate(mesh, proxy), translator.Translate(mesh.Next(next), proxy));
    }

    /// <summary>The names behind which there is another object than before; the proxy's own are made anew.</summary>
    private static List<string> Touched(IReadOnlyDictionary<string, IMessage> before, IReadOnlyDictionary<string, IMessage> after) =>
    [
        .. after.Where(entry => !ReferenceEquals(before.GetValueOrDefault(entry.Key), entry.Value) && !entry.Value.Equals(before.GetValueOrDefault(entry.Key))).Select(entry => entry.Key),
    ];

    private static byte[] Bytes(MeshSnapshot mesh)
    {
        var proxies = new[] { new ProxyTranslator().Translate(mesh, MeshOf.Proxy(mesh, "client")), new ProxyTranslator().Translate(mesh, MeshOf.Proxy(mesh, "gateway-0", ProxyType.Router)) };
        return [.. proxies.SelectMany(proxy => proxy.Clusters.Concat(proxy.Endpoints).Concat(proxy.Listeners).Concat(proxy.Routes)).SelectMany(entry => entry.Value.ToByteArray())];
    }
}
