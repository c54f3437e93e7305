using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Model;

/// <summary>One server of a Gateway.</summary>
/// <param name="Gateway">The Gateway that has it.</param>
/// <param name="Index">Its place there, from 0.</param>
/// <param name="Server">The server.</param>
internal sealed record MeshGatewayServer(MeshGateway Gateway, int Index, Server Server)
{
    public int Port => Server.Port?.Number ?? 0;

    public PortProtocol Protocol => PortProtocols.Of(Server.Port?.Protocol);

    /// <summary>The hosts with the namespaces whose VirtualServices may bind to them.</summary>
    public IEnumerable<(string Namespace, string Host)> Hosts => (Server.Hosts ?? []).Select(HostOf);

    /// <summary>The host under which a VirtualService is served here: the narrower of its and the server's; null when none is.</summary>
    public string? Bound(string host, string ns)
    {
        foreach (var (allowed, own) in Hosts)
        {
            if ((allowed == "*" || allowed == ns) && HostName.Intersects(host, own))
            {
                return HostName.Narrower(host, own);
            }
        }

        return null;
    }

    private (string, string) HostOf(string written)
    {
        var slash = written.IndexOf('/', StringComparison.Ordinal);
        var ns = slash < 0 ? "*" : written[..slash];
        return (ns == "." ? Gateway.Namespace : ns, written[(slash + 1)..].ToLowerInvariant());
    }
}

/// <summary>A Gateway. Compared by reference.</summary>
internal sealed class MeshGateway
{
    private MeshGateway(Gateway resource)
    {
        Namespace = resource.Metadata.Namespace ?? "";
        Name = resource.Metadata.Name ?? "";
        Selector = resource.Spec?.Selector;
        PodNamespace = resource.Spec?.PodNamespace;
        Servers = [.. (resource.Spec?.Servers ?? []).Select((server, index) => new MeshGatewayServer(this, index, server))];
    }

    public string Namespace { get; }

    public string Name { get; }

    /// <summary>As VirtualServices call it.</summary>
    public string FullName => $"{Namespace}/{Name}";

    public ResourceKey Key => new("networking.istio.io", "Gateway", Namespace, Name);

    /// <summary>The labels of the pods that serve it; null for all gateways.</summary>
    public IReadOnlyDictionary<string, string>? Selector { get; }

    /// <summary>The namespace of the pods that serve it; null for any.</summary>
    public string? PodNamespace { get; }

    public IReadOnlyList<MeshGatewayServer> Servers { get; }

    public static MeshGateway Of(Gateway resource) => new(resource);
}

/// <summary>The Gateways of the mesh, the oldest first.</summary>
internal sealed class GatewayIndex
{
    private GatewayIndex(IReadOnlyList<MeshGateway> all) => All = all;

    public static GatewayIndex Empty { get; } = new([]);

    public IReadOnlyList<MeshGateway> All { get; }

    public static GatewayIndex Of(IReadOnlyList<Gateway> resources) => new(
    [
        .. resources
            .OrderBy(resource => resource.Metadata.CreationTimestamp ?? default)
            .ThenBy(resource => resource.Metadata.Name, StringComparer.Ordinal)
            .ThenBy(resource => resource.Metadata.Namespace, StringComparer.Ordinal)
            .Select(MeshGateway.Of),
    ]);

    /// <summary>The Gateways that pods with these labels serve: Istio's in whatever namespace, those of the Gateway API in their own.</summary>
    public IEnumerable<MeshGateway> For(IReadOnlyDictionary<string, string> labels, string ns) =>
        All.Where(gateway => Labels.Include(labels, gateway.Selector) && (gateway.PodNamespace is null || gateway.PodNamespace == ns));

    public MeshGateway? Find(string fullName) => All.FirstOrDefault(gateway => gateway.FullName == fullName);
}
