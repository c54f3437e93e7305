using System.Globalization;
using Envoy.Service.Discovery.V3;
using Google.Protobuf.WellKnownTypes;

namespace Mizzen.Xds.Sessions;

/// <summary>
/// Speaks the older form of ADS (xDS protocol, "State of the World") for a delta stream: what such a client says becomes what a delta
/// client would say, and a delta push becomes the resources that the client must have. It does no input or output. Not safe for
/// concurrent use.
/// <para>
/// Responses of clusters and listeners hold everything, because what is missing there is removed; those of other types hold what has
/// changed, as the protocol allows.
/// </para>
/// </summary>
public sealed class StateOfTheWorld
{
    private const string Wildcard = "*";

    private readonly Dictionary<string, TypeState> _types = new(StringComparer.Ordinal);
    private long _version;

    /// <summary>What a delta client would say; null when the request changes nothing and answers nothing.</summary>
    public DeltaDiscoveryRequest? Receive(DiscoveryRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var isFirst = !_types.TryGetValue(request.TypeUrl, out var state);
        if (isFirst && request.ResourceNames.Count == 0 && !IsWhole(request.TypeUrl))
        {
            return null;
        }

        state ??= _types[request.TypeUrl] = new TypeState();
        var delta = new DeltaDiscoveryRequest { TypeUrl = request.TypeUrl, Node = request.Node, ResponseNonce = request.ResponseNonce, ErrorDetail = request.ErrorDetail };
        if (isFirst && request.ResourceNames.Count == 0)
        {
            state.IsEverything = true;
        }
        else if (request.ResourceNames.Count > 0 || !state.IsEverything)
        {
            Subscribe(state, request.ResourceNames, delta);
        }

        return delta;
    }

    /// <summary>The response that stands for a delta push; it has the same nonce.</summary>
    public DiscoveryResponse Send(DeltaDiscoveryResponse push)
    {
        ArgumentNullException.ThrowIfNull(push);
        var held = _types.TryGetValue(push.TypeUrl, out var state) ? state.Held : [];
        foreach (var resource in push.Resources)
        {
            held[resource.Name] = resource.Resource_;
        }

        foreach (var name in push.RemovedResources)
        {
            held.Remove(name);
        }

        return new DiscoveryResponse
        {
            TypeUrl = push.TypeUrl,
            Nonce = push.Nonce,
            ControlPlane = push.ControlPlane,
            VersionInfo = (++_version).ToString(CultureInfo.InvariantCulture),
            Resources = { IsWhole(push.TypeUrl) ? held.Values : push.Resources.Select(resource => resource.Resource_) },
        };
    }

    /// <summary>What the client names now is all that it wants: the rest it no longer wants.</summary>
    private static void Subscribe(TypeState state, IEnumerable<string> names, DeltaDiscoveryRequest delta)
    {
        var wanted = names.ToHashSet(StringComparer.Ordinal);
        delta.ResourceNamesSubscribe.Add(wanted.Where(name => !state.Names.Contains(name)));
        delta.ResourceNamesUnsubscribe.Add(state.Names.Where(name => !wanted.Contains(name)));
        if (state.IsEverything)
        {
            // The first request named nothing, which meant everything; from now on only what is named.
            state.IsEverything = false;
            delta.ResourceNamesUnsubscribe.Add(Wildcard);
        }

        state.Names = wanted;
        if (!wanted.Contains(Wildcard))
        {
            foreach (var name in state.Held.Keys.Where(name => !wanted.Contains(name)).ToList())
            {
                state.Held.Remove(name);
            }
        }
    }

    private static bool IsWhole(string typeUrl) => typeUrl is ResourceTypes.Cluster or ResourceTypes.Listener;

    private sealed class TypeState
    {
        public HashSet<string> Names { get; set; } = [];

        public bool IsEverything { get; set; }

        public SortedDictionary<string, Any> Held { get; } = new(StringComparer.Ordinal);
    }
}
