using System.Runtime.CompilerServices;
using Google.Protobuf;
using Mizzen.ControlPlane.Model;
using Mizzen.ControlPlane.Model.EnvoyFilters;
using Mizzen.ControlPlane.Translation.Patching;

namespace Mizzen.ControlPlane.Translation;

/// <summary>
/// The configuration of every proxy as a function of the mesh and of who asks. The answer depends on nothing else; what several proxies
/// or snapshots have in common is computed once and is the same object in each answer. Safe for use by several threads.
/// </summary>
public sealed class ProxyTranslator
{
    private const int MostProxies = 2_000;
    private static readonly Dictionary<string, IMessage> NoSecrets = [];
    private readonly ServedHosts _hosts = new();
    private readonly OutboundCache _outbound;
    private readonly ConditionalWeakTable<OutboundResources, ProxyResources> _proxyless = [];
    private readonly ConditionalWeakTable<PatchSet, PatchedResources> _patched = [];
    private readonly Kept<(ProxyType, string, string, bool), ProxyResources> _proxies = new(MostProxies);
    private readonly Kept<(string, string), InboundListener> _inbound = new(MostProxies);
    private readonly Kept<(string, string), SidecarParts> _parts = new(MostProxies);

    /// <summary>Makes a translator that remembers nothing yet.</summary>
    public ProxyTranslator() => _outbound = new OutboundCache(_hosts);

    /// <summary>The configuration of one proxy.</summary>
    /// <param name="mesh">The mesh.</param>
    /// <param name="proxy">Who asks.</param>
    public ProxyResources Translate(MeshSnapshot mesh, ProxyView proxy)
    {
        ArgumentNullException.ThrowIfNull(mesh);
        ArgumentNullException.ThrowIfNull(proxy);
        var isSidecar = proxy.Type == ProxyType.Sidecar;
        var sidecar = isSidecar ? mesh.Sidecars.For(proxy) : null;
        var outbound = _outbound.For(mesh, proxy, sidecar);
        if (proxy.IsProxyless)
        {
            return _proxyless.GetValue(outbound, resources => Proxyless.Of(resources, _hosts));
        }

        object?[] parts =
        [
            outbound, mesh.Services, mesh.Workloads.Find(proxy.Namespace, proxy.Name), sidecar, mesh.Mesh, proxy.Labels, mesh.Policies, mesh.PeerAuthentications,
            isSidecar ? null : mesh.Gateways, isSidecar ? null : mesh.VirtualServices, isSidecar ? null : mesh.Resources.Secrets,
            isSidecar ? null : mesh.Resources.ConfigMaps,
        ];
        var made = _proxies.Get(
            (proxy.Type, proxy.Namespace, proxy.Name, proxy.IsAnonymous), parts, _ => isSidecar ? Sidecar(mesh, proxy, outbound, sidecar) : Gateway(mesh, proxy, outbound));
        var patches = mesh.EnvoyFilters.For(proxy, mesh.Services);
        return patches.IsEmpty ? made : _patched.GetValue(patches, set => new PatchedResources(set)).Of(made);
    }

    /// <summary>What is outbound changes with the mesh, what is inbound with the workload: each is made anew only when its own side has changed.</summary>
    private ProxyResources Sidecar(MeshSnapshot mesh, ProxyView proxy, OutboundResources outbound, Resources.Networking.Sidecar? sidecar)
    {
        var key = (proxy.Namespace, proxy.Name);
        object?[] own = [mesh.Services, mesh.Workloads.Find(proxy.Namespace, proxy.Name), sidecar, mesh.Mesh, proxy.Labels, mesh.Policies, mesh.PeerAuthentications, mesh.TrustDomain];
        var inbound = _inbound.Get(key, own, _ => InboundListener.Of(mesh, proxy, sidecar));
        var parts = _parts.Get(key, [outbound.Listeners, outbound.Clusters, inbound], _ => new SidecarParts(
            new LayeredResources(inbound.Listeners.ToDictionary(listener => listener.Name, listener => (IMessage)listener, StringComparer.Ordinal), outbound.Listeners),
            new LayeredResources(inbound.Clusters.ToDictionary(cluster => cluster.Name, cluster => (IMessage)cluster, StringComparer.Ordinal), outbound.Clusters)));
        return new ProxyResources(parts.Listeners, outbound.Routes, parts.Clusters, outbound.Endpoints, NoSecrets) { Names = outbound.Names };
    }

    private static ProxyResources Gateway(MeshSnapshot mesh, ProxyView proxy, OutboundResources outbound)
    {
        var own = GatewayListeners.Of(mesh, outbound.Client, proxy);
        return new ProxyResources(
            own.Listeners.ToDictionary(listener => listener.Name, listener => (IMessage)listener, StringComparer.Ordinal),
            own.Tables.ToDictionary(table => table.Name, table => (IMessage)table, StringComparer.Ordinal),
            outbound.Clusters,
            outbound.Endpoints,
            proxy.IsAnonymous ? NoSecrets : GatewaySecrets.For(mesh, proxy));
    }

    private sealed record SidecarParts(IReadOnlyDictionary<string, IMessage> Listeners, IReadOnlyDictionary<string, IMessage> Clusters);
}
