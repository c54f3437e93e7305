using System.Runtime.CompilerServices;
using Envoy.Config.Cluster.V3;
using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Google.Protobuf;
using Mizzen.ControlPlane.Model.EnvoyFilters;

namespace Mizzen.ControlPlane.Translation.Patching;

/// <summary>
/// Configurations as one set of patches leaves them. Whatever many proxies share is patched once for all that have the same patches; what
/// no patch changes stays the same object. Safe for use by several threads.
/// </summary>
internal sealed class PatchedResources
{
    private readonly ConditionalWeakTable<ProxyResources, ProxyResources> _resources = [];
    private readonly PatchedMap _listeners;
    private readonly PatchedMap _routes;
    private readonly PatchedMap _clusters;

    public PatchedResources(PatchSet set)
    {
        var (routes, clusters) = (new RoutePatches(set), new ClusterPatches(set));
        var listeners = new ListenerPatches(set, routes);
        _listeners = new PatchedMap(message => listeners.Apply((Listener)message), Added(set, PatchPlace.Listener));
        _routes = new PatchedMap(message => routes.Apply((RouteConfiguration)message), []);
        _clusters = new PatchedMap(message => clusters.Apply((Cluster)message), Added(set, PatchPlace.Cluster));
    }

    public ProxyResources Of(ProxyResources made) => _resources.GetValue(made, _ => made with
    {
        Listeners = _listeners.Of(made.Listeners),
        Routes = _routes.Of(made.Routes),
        Clusters = _clusters.Of(made.Clusters),
    });

    private static List<IMessage> Added(PatchSet set, PatchPlace place) =>
        [.. set.Patches.Where(patch => patch.Place == place && patch.Operation == PatchOperation.Add).Select(patch => Added(patch))];

    private static IMessage Added(EnvoyPatch patch) => patch.Value switch
    {
        Listener listener => Origins.Note(listener.Clone(), [patch]),
        Cluster cluster => Origins.Note(cluster.Clone(), [patch]),
        _ => throw new InvalidOperationException("only listeners and clusters are added"),
    };
}

/// <summary>Resources of one type, patched.</summary>
/// <param name="patch">One of them; null when it is removed.</param>
/// <param name="added">What comes to them; one whose name is there already does not.</param>
internal sealed class PatchedMap(Func<IMessage, IMessage?> patch, IReadOnlyList<IMessage> added)
{
    private readonly ConditionalWeakTable<IReadOnlyDictionary<string, IMessage>, IReadOnlyDictionary<string, IMessage>> _maps = [];
    private readonly ConditionalWeakTable<IReadOnlyDictionary<string, IMessage>, IReadOnlyDictionary<string, IMessage>> _own = [];
    private readonly ConditionalWeakTable<IMessage, Patched> _messages = [];

    public IReadOnlyDictionary<string, IMessage> Of(IReadOnlyDictionary<string, IMessage> messages) => _maps.GetValue(messages, _ => messages is LayeredResources layers
        ? Joined(layers, _own.GetValue(layers.Own, own => Each(own, [])), Of(layers.Shared))
        : Each(messages, added));

    private static LayeredResources Joined(LayeredResources layers, IReadOnlyDictionary<string, IMessage> own, IReadOnlyDictionary<string, IMessage> shared) =>
        ReferenceEquals(own, layers.Own) && ReferenceEquals(shared, layers.Shared) ? layers : new LayeredResources(own, shared);

    private IReadOnlyDictionary<string, IMessage> Each(IReadOnlyDictionary<string, IMessage> messages, IReadOnlyList<IMessage> more)
    {
        var all = new Dictionary<string, IMessage>(StringComparer.Ordinal);
        var isSame = true;
        foreach (var (name, message) in messages)
        {
            var patched = _messages.GetValue(message, _ => new Patched(patch(message))).Message;
            isSame &= ReferenceEquals(patched, message);
            if (patched is not null)
            {
                all[name] = patched;
            }
        }

        foreach (var message in more)
        {
            isSame &= !all.TryAdd(NameOf(message), message);
        }

        return isSame ? messages : all;
    }

    private static string NameOf(IMessage message) => message is Listener listener ? listener.Name : ((Cluster)message).Name;

    private sealed record Patched(IMessage? Message);
}
