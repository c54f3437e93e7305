using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Analysis;

/// <summary>Gateways that no pod serves, ports that nobody can dial, servers that exclude each other.</summary>
internal static class GatewayAnalysis
{
    public static IEnumerable<Problem> Of(MeshSnapshot mesh) => mesh.Gateways.All.SelectMany(gateway => Of(gateway, mesh));

    private static IEnumerable<Problem> Of(MeshGateway gateway, MeshSnapshot mesh)
    {
        var pods = mesh.Workloads.All.Where(pod => gateway.Selector is not null && Labels.Include(pod.Labels, gateway.Selector)).ToList();
        if (gateway.Selector is { } selector && pods.Count == 0)
        {
            yield return new Problem(
                IstioCodes.NoMatchingWorkloadsFound, gateway.Key, "spec.selector", $"No matching workloads for this resource with the following labels: {string.Join(",", selector.Select(label => $"{label.Key}={label.Value}"))}", "correct the selector, for example istio: ingressgateway");
            yield break;
        }

        foreach (var problem in gateway.Servers.SelectMany(server => Ports(server, pods, mesh).Concat(Conflicts(server, mesh))))
        {
            yield return problem;
        }
    }

    private static IEnumerable<Problem> Ports(MeshGatewayServer server, List<Workload> pods, MeshSnapshot mesh)
    {
        var services = pods.SelectMany(pod => mesh.Services.In(pod.Namespace).Where(service => service.Selector is { } selector && Labels.Include(pod.Labels, selector))).Distinct().ToList();
        if (services.Count > 0 && services.All(service => service.Port(server.Port) is null))
        {
            yield return new Problem(
                IstioCodes.GatewayPortNotDefinedOnService, server.Gateway.Key, $"spec.servers[{server.Index}].port.number", $"The gateway is listening on a target port (port {server.Port}) that is not defined in the Service associated with its workload instances (Pod selector {Text(server.Gateway.Selector)}). If you need to access the gateway port through the gateway Service, it will not be available.", $"add it to {services[0].Key}");
        }
    }

    /// <summary>On one port either everything speaks HTTP or nothing does, and the older server decides.</summary>
    private static IEnumerable<Problem> Conflicts(MeshGatewayServer server, MeshSnapshot mesh)
    {
        var before = mesh.Gateways.All.TakeWhile(gateway => gateway != server.Gateway).SelectMany(gateway => gateway.Servers)
            .Concat(server.Gateway.Servers.Take(server.Index))
            .FirstOrDefault(other => other.Port == server.Port && SharePods(other.Gateway, server.Gateway) && Kind(other) != Kind(server));
        if (before is not null)
        {
            yield return new Problem(
                IstioCodes.ConflictingGateways, server.Gateway.Key, $"spec.servers[{server.Index}].port", $"Conflict with gateways {before.Gateway.FullName} (workload selector {Text(server.Gateway.Selector)}, port {server.Port}, hosts {string.Join(" ", server.Server.Hosts ?? [])}).", $"the port is {before.Server.Port?.Protocol} there and {server.Server.Port?.Protocol} here, and the older one decides: use another port");
        }
    }

    private static bool SharePods(MeshGateway one, MeshGateway other) =>
        one.Selector is null || other.Selector is null || Labels.Include(one.Selector, other.Selector) || Labels.Include(other.Selector, one.Selector);

    private static string Text(IReadOnlyDictionary<string, string>? selector) => string.Join(",", (selector ?? new Dictionary<string, string>()).Select(label => $"{label.Key}={label.Value}"));

    private static int Kind(MeshGatewayServer server) => server.Protocol.IsTls() ? 2 : server.Protocol.IsHttp() ? 0 : 1;
}
