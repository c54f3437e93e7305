using System.Text.Json.Nodes;
using Mizzen.Cluster.ApiServer.Authorization;
using Mizzen.Cluster.ApiServer.Objects;
using Mizzen.Cluster.ApiServer.Strategies;
using Mizzen.Cluster.Storage;
using Mizzen.Resources;

namespace Mizzen.Cluster.ApiServer;

/// <summary>What every cluster has from its first moment: four namespaces, the default roles, the Service of the API server and that of DNS.</summary>
internal sealed class Bootstrap(ObjectStore store, StrategyTable strategies, TimeProvider clock)
{
    private const string ApiAddress = "10.96.0.1";
    private const string DnsAddress = "10.96.0.10";

    private static readonly ResourceName Slices = new("discovery.k8s.io", "endpointslices");
    private static readonly string[] Namespaces = ["default", "kube-node-lease", "kube-public", "kube-system"];

    /// <summary>Makes what is missing.</summary>
    /// <exception cref="IOException">The store cannot be written.</exception>
    public async Task RunAsync()
    {
        foreach (var name in Namespaces)
        {
            await AddNamespaceAsync(name);
        }

        foreach (var role in DefaultRoles.Roles)
        {
            await AddAsync(ResourceJson.ToNode(role), "ClusterRole", "clusterroles");
        }

        foreach (var binding in DefaultRoles.Bindings)
        {
            await AddAsync(ResourceJson.ToNode(binding), "ClusterRoleBinding", "clusterrolebindings");
        }

        await AddServiceAsync("default", "kubernetes", ApiAddress, new JsonObject { ["component"] = "apiserver", ["provider"] = "kubernetes" }, Port("https", "TCP", 443));
        await AddServiceAsync(
            "kube-system",
            "kube-dns",
            DnsAddress,
            new JsonObject { ["k8s-app"] = "kube-dns", ["kubernetes.io/cluster-service"] = "true", ["kubernetes.io/name"] = "CoreDNS" },
            Port("dns", "UDP", 53),
            Port("dns-tcp", "TCP", 53));
    }

    private Task<StoreOutcome> AddAsync(JsonObject node, string kind, string plural)
    {
        node["apiVersion"] = RoleAuthorizer.ApiGroup + "/v1";
        node["kind"] = kind;
        Stamp(node.Metadata());
        return store.WriteAsync(new StoreWrite(new ResourceName(RoleAuthorizer.ApiGroup, plural), new ObjectKey("", node.Metadata().Text("name")!), 0, node));
    }

    private async Task AddNamespaceAsync(string name)
    {
        var strategy = strategies.Of(NamespaceStrategy.Resource);
        var node = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = name } };
        Stamp(node.Metadata());
        strategy.ApplyDefaults(node);
        strategy.PrepareCreate(node);
        var outcome = await store.WriteAsync(new StoreWrite(NamespaceStrategy.Resource, new ObjectKey("", name), 0, node));
        if (outcome.Written is { } written)
        {
            await strategy.CreatedAsync(written);
        }
    }

    private async Task AddServiceAsync(string ns, string name, string address, JsonObject labels, params JsonObject[] ports)
    {
        var node = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Service",
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = ns, ["labels"] = labels },
            ["spec"] = new JsonObject { ["clusterIP"] = address, ["ports"] = new JsonArray([.. ports]) },
            ["status"] = new JsonObject { ["loadBalancer"] = new JsonObject() },
        };
        Stamp(node.Metadata());
        strategies.Of(ServiceStrategy.Resource).ApplyDefaults(node);
        await store.WriteAsync(new StoreWrite(ServiceStrategy.Resource, new ObjectKey(ns, name), 0, node));
        await AddEndpointsAsync(ns, name, address, ports);
    }

    // Both are served at the Service's own address: whoever looks for endpoints, such as a mesh, finds them there.
    private Task<StoreOutcome> AddEndpointsAsync(string ns, string name, string address, JsonObject[] ports)
    {
        var node = new JsonObject
        {
            ["apiVersion"] = "discovery.k8s.io/v1",
            ["kind"] = "EndpointSlice",
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = ns,
                ["labels"] = new JsonObject { ["kubernetes.io/service-name"] = name },
            },
            ["addressType"] = "IPv4",
            ["endpoints"] = new JsonArray(new JsonObject { ["addresses"] = new JsonArray(address), ["conditions"] = new JsonObject { ["ready"] = true } }),
            ["ports"] = new JsonArray([.. ports.Select(port => Part(port))]),
        };
        Stamp(node.Metadata());
        return store.WriteAsync(new StoreWrite(Slices, new ObjectKey(ns, name), 0, node));
    }

    private static JsonObject Part(JsonObject port) =>
        new() { ["name"] = port.Text("name"), ["protocol"] = port.Text("protocol"), ["port"] = port.Number("port") };

    private void Stamp(JsonObject metadata)
    {
        metadata["uid"] = Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = ObjectState.Time(clock.GetUtcNow());
    }

    private static JsonObject Port(string name, string protocol, int port) =>
        new() { ["name"] = name, ["protocol"] = protocol, ["port"] = port, ["targetPort"] = port };
}
