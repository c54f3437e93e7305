using Envoy.Config.Cluster.V3;
using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Mizzen.ControlPlane.Analysis;
using Mizzen.ControlPlane.Translation;
using Mizzen.ControlPlane.Verdicts;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Tests.Translation.Patching;

/// <summary>What patches leave alone, what they touch, and what is said about those that are not made. Traffic: the cases of the mesh's tests.</summary>
public sealed class EnvoyFilterTests
{
    private const string Stamp = "value: {response_headers_to_add: [{header: {key: x-a, value: b}}]}";

    [Fact]
    public void Proxies_with_the_same_patches_share_what_is_patched()
    {
        var translator = new ProxyTranslator();
        var mesh = Meshes.Mesh(Filter($"applyTo: ROUTE_CONFIGURATION, match: {{context: SIDECAR_OUTBOUND}}, patch: {{operation: MERGE, {Stamp}}}"));
        var one = translator.Translate(mesh, MeshOf.Proxy(mesh, "client"));
        var other = translator.Translate(mesh, MeshOf.Proxy(mesh, "reviews-v1"));

        Assert.Single(((RouteConfiguration)one.Routes["80"]).ResponseHeadersToAdd);
        Assert.Same(one.Routes, other.Routes);
        Assert.Same(one.Endpoints, other.Endpoints);
        Assert.Same(one.Listeners["0.0.0.0_80"], other.Listeners["0.0.0.0_80"]);
    }

    [Fact]
    public void A_proxy_without_patches_has_what_it_had()
    {
        var translator = new ProxyTranslator();
        var mesh = Meshes.Mesh(Filter($"applyTo: ROUTE_CONFIGURATION, patch: {{operation: MERGE, {Stamp}}}", "workloadSelector: {labels: {app: client}}, "));
        var plain = translator.Translate(mesh, MeshOf.Proxy(mesh, "reviews-v1"));
        var patched = translator.Translate(mesh, MeshOf.Proxy(mesh, "client"));

        Assert.Empty(((RouteConfiguration)plain.Routes["80"]).ResponseHeadersToAdd);
        Assert.NotSame(plain.Routes, patched.Routes);
        Assert.Same(((RouteConfiguration)plain.Routes["80"]).VirtualHosts[0], ((RouteConfiguration)patched.Routes["80"]).VirtualHosts[0]);
        Assert.Same(((LayeredResources)plain.Clusters).Shared, ((LayeredResources)patched.Clusters).Shared);
    }

    [Fact]
    public void Another_filter_elsewhere_touches_nothing()
    {
        var translator = new ProxyTranslator();
        string[] yaml = [Meshes.Base, Filter($"applyTo: ROUTE_CONFIGURATION, patch: {{operation: MERGE, {Stamp}}}")];
        var mesh = MeshOf.Yaml(yaml);
        var first = translator.Translate(mesh, MeshOf.Proxy(mesh, "client"));
        var more = MeshOf.Yaml([.. yaml, Meshes.Object("EnvoyFilter", "other", "configPatches: [{applyTo: CLUSTER, match: {cluster: {name: none}}, patch: {operation: REMOVE}}]", "store", "networking.istio.io/v1alpha3")]);
        var next = mesh.Next(mesh.Resources with { EnvoyFilters = [.. mesh.Resources.EnvoyFilters, more.Resources.EnvoyFilters.Single(filter => filter.Metadata.Namespace == "store")] });

        Assert.Same(first, translator.Translate(next, MeshOf.Proxy(mesh, "client")));
    }

    [Fact]
    public void A_filter_that_is_gone_is_undone()
    {
        var translator = new ProxyTranslator();
        var mesh = Meshes.Mesh(Filter("applyTo: CLUSTER, match: {context: SIDECAR_OUTBOUND, cluster: {service: ratings.default.svc.cluster.local}}, patch: {operation: REMOVE}"));
        var name = "outbound|80||" + Meshes.Ratings;

        Assert.False(translator.Translate(mesh, MeshOf.Proxy(mesh, "client")).Clusters.ContainsKey(name));
        Assert.True(translator.Translate(mesh.Next(mesh.Resources with { EnvoyFilters = [] }), MeshOf.Proxy(mesh, "client")).Clusters.ContainsKey(name));
    }

    [Fact]
    public void The_inbound_side_is_patched_by_port_filter_and_service()
    {
        var mesh = Meshes.Mesh(
            Filter("applyTo: HTTP_FILTER, match: {context: SIDECAR_INBOUND, listener: {portNumber: 9080, filterChain: {filter: {name: envoy.filters.network.http_connection_manager, subFilter: {name: envoy.filters.http.fault}}}}}, patch: {operation: REMOVE}"),
            Filter($"applyTo: VIRTUAL_HOST, match: {{context: SIDECAR_INBOUND, routeConfiguration: {{portNumber: 9080}}}}, patch: {{operation: MERGE, {Stamp}}}", name: "hosts"),
            Filter($"applyTo: CLUSTER, match: {{context: SIDECAR_INBOUND, cluster: {{service: {Meshes.Reviews}}}}}, patch: {{operation: MERGE, value: {{connect_timeout: 42s}}}}", name: "clusters"));
        var resources = new ProxyTranslator().Translate(mesh, MeshOf.Proxy(mesh, "reviews-v1"));
        var managers = ((Listener)resources.Listeners["virtualInbound"]).FilterChains.ToLookup(
            chain => chain.FilterChainMatch?.DestinationPort == 9080u,
            chain => chain.Filters.Where(filter => filter.TypedConfig.Is(HttpConnectionManager.Descriptor)).Select(filter => filter.TypedConfig.Unpack<HttpConnectionManager>()));

        Assert.All(managers[true].SelectMany(some => some), manager =>
        {
            Assert.DoesNotContain(manager.HttpFilters, filter => filter.Name == "envoy.filters.http.fault");
            Assert.Single(manager.RouteConfig.VirtualHosts[0].ResponseHeadersToAdd);
        });
        Assert.All(managers[false].SelectMany(some => some), manager => Assert.Contains(manager.HttpFilters, filter => filter.Name == "envoy.filters.http.fault"));
        Assert.Equal(42, ((Cluster)resources.Clusters["inbound|9080||"]).ConnectTimeout.Seconds);
    }

    [Fact]
    public void What_a_patch_has_touched_names_its_filter()
    {
        var mesh = Meshes.Mesh(Filter($"applyTo: ROUTE_CONFIGURATION, patch: {{operation: MERGE, {Stamp}}}"));
        var table = new ProxyTranslator().Translate(mesh, MeshOf.Proxy(mesh, "client")).Routes["80"];

        Assert.Contains(OriginReader.Read(table), key => key is { Kind: "EnvoyFilter", Namespace: "default", Name: "tried" });
    }

    [Theory]
    [InlineData("applyTo: HTTP_FILTER, patch: {operation: ADD, value: {name: lua, typed_config: {'@type': type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua}}}", "spec.configPatches[0].patch.value.typed_config.@type", "this proxy has no envoy.extensions.filters.http.lua.v3.Lua")]
    [InlineData("applyTo: HTTP_FILTER, patch: {operation: ADD, value: {name: lua, typed_config: {'@type': type.googleapis.com/udpa.type.v1.TypedStruct, type_url: type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm}}}", "spec.configPatches[0].patch.value.typed_config.@type", "this proxy has no envoy.extensions.filters.http.wasm.v3.Wasm")]
    [InlineData("applyTo: HTTP_FILTER, patch: {operation: ADD, value: {name: nameless}}", "spec.configPatches[0].patch.value.typed_config", "is missing")]
    [InlineData("applyTo: CLUSTER, patch: {operation: MERGE, value: {no_such_field: 1}}", "spec.configPatches[0].patch.value", "no_such_field")]
    [InlineData("applyTo: CLUSTER, patch: {operation: MERGE, value: {connect_timeout: soon}}", "spec.configPatches[0].patch.value", "soon")]
    [InlineData("applyTo: CLUSTER, patch: {operation: INSERT_FIRST, value: {name: a}}", "spec.configPatches[0].patch.operation", "has no effect on CLUSTER")]
    [InlineData("applyTo: ROUTE_CONFIGURATION, patch: {operation: REMOVE}", "spec.configPatches[0].patch.operation", "has no effect on ROUTE_CONFIGURATION")]
    [InlineData("applyTo: BOOTSTRAP, patch: {operation: MERGE, value: {a: 1}}", "spec.configPatches[0].applyTo", "BOOTSTRAP cannot be patched here")]
    [InlineData("applyTo: EXTENSION_CONFIG, patch: {operation: ADD, value: {name: a}}", "spec.configPatches[0].applyTo", "EXTENSION_CONFIG cannot be patched here")]
    [InlineData("applyTo: CLUSTER, match: {context: WAYPOINT}, patch: {operation: REMOVE}", "spec.configPatches[0].match.context", "there are no waypoints")]
    [InlineData("applyTo: LISTENER, match: {listener: {portName: http}}, patch: {operation: REMOVE}", "spec.configPatches[0].match.listener.portName", "names of ports")]
    public void What_proxies_lack_is_named(string patch, string path, string text)
    {
        var problem = Assert.Single(MeshAnalysis.Analyze(Meshes.Mesh(Filter(patch))), problem => problem.Code == IstioCodes.PatchNotApplied);

        Assert.Equal(path, problem.Path);
        Assert.Contains(text, problem.Text, StringComparison.Ordinal);
        Assert.True(IstioCodes.IsError(problem.Code));
    }

    private static string Filter(string patch, string more = "", string name = "tried") =>
        Meshes.Object("EnvoyFilter", name, $"{more}configPatches: [{{{patch}}}]", version: "networking.istio.io/v1alpha3");
}
