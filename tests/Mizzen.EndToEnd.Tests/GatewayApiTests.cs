namespace Mizzen.EndToEnd.Tests;

/// <summary>The Gateway API through a whole cluster: what kubectl applies is deployed, served, and told of in its status.</summary>
public sealed class GatewayApiTests(DemoCluster demo) : IClassFixture<DemoCluster>
{
    [Fact]
    public async Task A_gateway_is_deployed_and_its_route_is_served()
    {
        (await demo.Cluster.ApplyAsync("""
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: entry, annotations: {networking.istio.io/service-type: ClusterIP}}
            spec:
              gatewayClassName: istio
              listeners: [{name: http, port: 80, protocol: HTTP}]
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: time}
            spec:
              parentRefs: [{name: entry}]
              rules:
              - matches: [{path: {value: /backend}}]
                filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}}]
                backendRefs: [{name: backend, port: 80}]
            """)).Succeeded();

        await HasConditionAsync("gateway/entry", "{.status.conditions[?(@.type=='Programmed')].status}", "True");
        await HasConditionAsync("httproute/time", "{.status.parents[0].conditions[?(@.type=='Accepted')].status}", "True");
        await HasConditionAsync("gateway/entry", "{.status.listeners[0].attachedRoutes}", "1");
        var pod = "";
        await DemoCluster.UntilAsync(async () => (pod = (await demo.Cluster.KubectlAsync(
            "get", "pods", "-l", "gateway.networking.k8s.io/gateway-name=entry", "--field-selector=status.phase=Running", "-o", "jsonpath={.items[0].metadata.name}")).Output).Length > 0, "the gateway's pod runs");

        await DemoCluster.UntilAsync(
            async () => (await demo.Cluster.KubectlAsync("get", "--raw", $"/api/v1/namespaces/default/pods/{pod}:8080/proxy/backend")).Output.Contains("backend-prod", StringComparison.Ordinal),
            "the route answers");

        (await demo.Cluster.KubectlAsync("delete", "gtw", "entry")).Succeeded();
        await DemoCluster.UntilAsync(
            async () => (await demo.Cluster.KubectlAsync("get", "deployments,services", "-l", "gateway.networking.k8s.io/gateway-name=entry", "-o", "name")).Output.Trim().Length == 0,
            "what was deployed is gone");
    }

    [Fact]
    public async Task A_gateway_may_be_served_by_a_service_that_is_there()
    {
        (await demo.Cluster.ApplyAsync("""
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: manual}
            spec:
              gatewayClassName: mizzen
              addresses: [{type: Hostname, value: istio-ingressgateway.istio-system.svc.cluster.local}]
              listeners: [{name: http, port: 80, protocol: HTTP}]
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: short-cut}
            spec:
              parentRefs: [{name: manual}]
              rules:
              - matches: [{headers: [{name: x-short-cut, value: "yes"}]}]
                backendRefs: [{name: backend, port: 80}]
            """)).Succeeded();

        await DemoCluster.UntilAsync(async () => (await demo.Cluster.KubectlAsync("get", "gtw", "manual")).Output.Contains("True", StringComparison.Ordinal), "the gateway is programmed");
        await DemoCluster.UntilAsync(
            async () => (await demo.Client.GetAsync("x-short-cut: yes")).Body.StartsWith("backend-prod", StringComparison.Ordinal), "the route answers");
        Assert.StartsWith("frontend-prod", (await demo.Client.GetAsync()).Body, StringComparison.Ordinal);
    }

    private Task HasConditionAsync(string resource, string path, string expected) => DemoCluster.UntilAsync(
        async () => (await demo.Cluster.KubectlAsync("get", resource.Replace("gateway/", "gtw/", StringComparison.Ordinal), "-o", $"jsonpath={path}")).Output == expected, $"{path} of {resource} is {expected}");
}
