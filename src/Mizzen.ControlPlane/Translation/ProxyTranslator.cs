using Google.Protobuf;
using Mizzen.ControlPlane.Model;

namespace Mizzen.ControlPlane.Translation;

/// <summary>
/// The configuration of every proxy as a function of the mesh and of who asks. The answer depends on nothing else; what several proxies
/// or snapshots have in common is computed once and is the same object in each answer. Safe for use by several threads.
/// </summary>
public sealed class ProxyTranslator
{
    private readonly OutboundCache _outbound = new();

    /// <summary>The configuration of one proxy.</summary>
    /// <param name="mesh">The mesh.</param>
    /// <param name="proxy">Who asks.</param>
    public ProxyResources Translate(MeshSnapshot mesh, ProxyView proxy)
    {
        ArgumentNullException.ThrowIfNull(mesh);
        ArgumentNullException.ThrowIfNull(proxy);
        return proxy.Type == ProxyType.Router ? Gateway(mesh, proxy) : Sidecar(mesh, proxy);
    }

    private ProxyResources Sidecar(MeshSnapshot mesh, ProxyView proxy)
    {
        var sidecar = mesh.Sidecars.For(proxy);
        var outbound = _outbound.For(mesh, proxy, sidecar);
        var inbound = InboundListener.Of(mesh, proxy, sidecar);
        return new ProxyResources(
            Joined(outbound.Listeners, [KeyValuePair.Create(inbound.Listener.Name, (IMessage)inbound.Listener)]),
            outbound.Routes,
            Joined(outbound.Clusters, inbound.Clusters.Select(cluster => KeyValuePair.Create(cluster.Name, (IMessage)cluster))),
            outbound.Endpoints);
    }

    private ProxyResources Gateway(MeshSnapshot mesh, ProxyView proxy)
    {
        var outbound = _outbound.For(mesh, proxy, null);
        var own = GatewayListeners.Of(mesh, outbound.Client, proxy);
        return new ProxyResources(
            own.Listeners.ToDictionary(listener => listener.Name, listener => (IMessage)listener, StringComparer.Ordinal),
            own.Tables.ToDictionary(table => table.Name, table => (IMessage)table, StringComparer.Ordinal),
            outbound.Clusters,
            outbound.Endpoints);
    }

    private static Dictionary<string, IMessage> Joined(IReadOnlyDictionary<string, IMessage> shared, IEnumerable<KeyValuePair<string, IMessage>> own)
    {
        var joined = new Dictionary<string, IMessage>(shared, StringComparer.Ordinal);
        foreach (var (name, message) in own)
        {
            joined[name] = message;
        }

        return joined;
    }
}
