using System.Globalization;
using Mizzen.ControlPlane.Model;

namespace Mizzen.ControlPlane.Translation;

/// <summary>The servers that share a port of a gateway's proxy.</summary>
/// <param name="BoundPort">The port that the pod listens on.</param>
/// <param name="IsHttp">Plain HTTP; else TCP, or TLS.</param>
/// <param name="Servers">The servers; they agree on the protocol.</param>
internal sealed record GatewayPort(int BoundPort, bool IsHttp, IReadOnlyList<MeshGatewayServer> Servers)
{
    /// <summary>The port that clients dial.</summary>
    public int Number => Servers[0].Port;

    /// <summary>Connections begin with a TLS handshake, whether it is ended here or not.</summary>
    public bool IsTls => Servers[0].Protocol.IsTls();

    /// <summary>Datagrams.</summary>
    public bool IsUdp => Servers[0].Protocol == PortProtocol.Udp;

    public IReadOnlySet<string> Gateways { get; } = Servers.Select(server => server.Gateway.FullName).ToHashSet(StringComparer.Ordinal);
}

/// <summary>Joins the servers of all Gateways that a pod serves.</summary>
internal static class GatewayPorts
{
    /// <summary>By port. Of servers that disagree on a port the oldest has it: the analysis tells of it.</summary>
    public static IEnumerable<GatewayPort> Of(MeshSnapshot mesh, ProxyView proxy) => mesh.Gateways.For(proxy.Labels, proxy.Namespace)
        .SelectMany(gateway => gateway.Servers)
        .Where(IsOpened)
        .GroupBy(server => (Number: BoundPort(mesh, proxy, server.Port), IsUdp: server.Protocol == PortProtocol.Udp))
        .OrderBy(group => group.Key)
        .Select(group => Join(group.Key.Number, [.. group]));

    /// <summary>Whether a server can be served at all.</summary>
    public static bool IsOpened(MeshGatewayServer server) => server.Port > 0 && (!server.Protocol.IsTls() || GatewayTls.IsTerminated(server) || GatewayTls.IsPassthrough(server));

    /// <summary>Whether its requests are routed one by one.</summary>
    public static bool IsHttp(MeshGatewayServer server) => server.Protocol.IsHttp();

    public static string TableName(int port) => string.Create(CultureInfo.InvariantCulture, $"http.{port}");

    /// <summary>The route table of one HTTPS server (Istio's name).</summary>
    public static string TableName(MeshGatewayServer server) => string.Create(
        CultureInfo.InvariantCulture, $"https.{server.Port}.{server.Server.Port?.Name}.{server.Gateway.Name}.{server.Gateway.Namespace}");

    /// <summary>The pod's port behind the port of the Service in front of it; the same number where no Service has it.</summary>
    public static int BoundPort(MeshSnapshot mesh, ProxyView proxy, int port)
    {
        foreach (var service in mesh.Services.In(proxy.Namespace).Where(service => service.IsKubernetes && service.Selector is { } selector && Labels.Include(proxy.Labels, selector)))
        {
            if (service.Port(port) is { } found)
            {
                return found.TargetPort.Number
                    ?? mesh.Workloads.Find(proxy.Namespace, proxy.Name)?.NamedPorts.GetValueOrDefault(found.TargetPort.Text ?? "", port)
                    ?? port;
            }
        }

        return port;
    }

    private static GatewayPort Join(int port, List<MeshGatewayServer> servers)
    {
        var isHttp = IsHttp(servers[0]);
        var isTls = servers[0].Protocol.IsTls();
        return new GatewayPort(port, isHttp, [.. servers.Where(server => IsHttp(server) == isHttp && server.Protocol.IsTls() == isTls)]);
    }
}
