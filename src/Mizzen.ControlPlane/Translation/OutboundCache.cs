using Envoy.Config.Cluster.V3;
using Google.Protobuf;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Translation;

/// <summary>Everything outbound of one kind of client.</summary>
internal sealed record OutboundResources(
    ClientScope Client,
    IReadOnlyDictionary<string, IMessage> Listeners,
    IReadOnlyDictionary<string, IMessage> Routes,
    IReadOnlyDictionary<string, IMessage> Clusters,
    IReadOnlyDictionary<string, IMessage> Endpoints);

/// <summary>Keeps what is outbound for each kind of client, as long as the parts of the mesh that it was made from are the same.</summary>
internal sealed class OutboundCache
{
    private const int MostKept = 100;
    private readonly Lock _gate = new();
    private readonly Dictionary<Key, (object?[] Parts, OutboundResources Resources)> _kept = [];

    public OutboundResources For(MeshSnapshot mesh, ProxyView proxy, Sidecar? sidecar)
    {
        var labels = Asked(mesh, proxy);
        var key = new Key(
            proxy.Type,
            proxy.Namespace,
            $"{sidecar?.Metadata.Namespace}/{sidecar?.Metadata.Name}",
            string.Join(',', labels.Select(label => $"{label.Key}={label.Value}")));
        object?[] parts = [mesh.Services, mesh.Endpoints, mesh.VirtualServices, mesh.DestinationRules, mesh.Mesh, sidecar];
        lock (_gate)
        {
            if (_kept.TryGetValue(key, out var kept) && AreSame(kept.Parts, parts))
            {
                return kept.Resources;
            }

            var made = Make(new ClientScope(mesh, proxy.Type, proxy.Namespace, sidecar, labels), mesh);
            Forget(parts);
            _kept[key] = (parts, made);
            return made;
        }
    }

    private static OutboundResources Make(ClientScope client, MeshSnapshot mesh)
    {
        var sidecar = client.Type == ProxyType.Sidecar ? SidecarListeners.Of(client, mesh.Endpoints) : null;
        var clusters = new Dictionary<string, IMessage>(StringComparer.Ordinal);
        var endpoints = new Dictionary<string, IMessage>(StringComparer.Ordinal);
        foreach (var service in client.Services)
        {
            AddService(service, client, mesh, clusters, endpoints);
        }

        clusters[EnvoyNames.BlackHoleCluster] = Translation.Clusters.BlackHole(client.Mesh);
        clusters[EnvoyNames.PassthroughCluster] = Translation.Clusters.Passthrough(client.Mesh);
        return new OutboundResources(
            client,
            sidecar?.Listeners.ToDictionary(entry => entry.Key, entry => (IMessage)entry.Value, StringComparer.Ordinal) ?? [],
            sidecar?.Tables.ToDictionary(entry => entry.Key, entry => (IMessage)entry.Value, StringComparer.Ordinal) ?? [],
            clusters,
            endpoints);
    }

    private static void AddService(
        VisibleService visible, ClientScope client, MeshSnapshot mesh, Dictionary<string, IMessage> clusters, Dictionary<string, IMessage> endpoints)
    {
        var service = visible.Service;
        var rule = client.RuleOf(service);
        var known = mesh.Endpoints.Of(service);
        foreach (var port in visible.Ports.Where(port => port.Protocol != PortProtocol.Udp))
        {
            foreach (var cluster in Translation.Clusters.OfPort(service, port, rule, known, client.Type, client.Mesh))
            {
                clusters[cluster.Name] = cluster;
                if (cluster.Type == Cluster.Types.DiscoveryType.Eds)
                {
                    var subset = rule?.Subsets.FirstOrDefault(candidate => cluster.Name == EnvoyNames.Outbound(port.Number, candidate.Name, service.Host));
                    endpoints[cluster.Name] = Translation.Endpoints.Of(cluster.Name, known.Of(port.Number), subset);
                }
            }
        }
    }

    /// <summary>Of the proxy's labels only those that any rule asks for: the others make no difference.</summary>
    private static SortedDictionary<string, string> Asked(MeshSnapshot mesh, ProxyView proxy)
    {
        var asked = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in mesh.VirtualServices.SourceLabels.Concat(mesh.DestinationRules.SelectorLabels))
        {
            if (proxy.Labels.TryGetValue(name, out var value))
            {
                asked[name] = value;
            }
        }

        return asked;
    }

    /// <summary>Clients that went away leave what was made for them behind: it goes when there is much of it.</summary>
    private void Forget(object?[] parts)
    {
        if (_kept.Count > MostKept)
        {
            foreach (var key in _kept.Where(kept => !AreSame(kept.Value.Parts, parts)).Select(kept => kept.Key).ToList())
            {
                _kept.Remove(key);
            }
        }
    }

    private static bool AreSame(object?[] one, object?[] other) => one.Zip(other).All(pair => ReferenceEquals(pair.First, pair.Second));

    private sealed record Key(ProxyType Type, string Namespace, string Sidecar, string Labels);
}
