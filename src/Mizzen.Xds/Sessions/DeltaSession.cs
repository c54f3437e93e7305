using Envoy.Service.Discovery.V3;

namespace Mizzen.Xds.Sessions;

/// <summary>
/// One delta ADS stream as a state machine (xDS protocol, "Incremental xDS"): what the client says and what it is to have go in, the
/// responses to send come out. It does no input or output and keeps no time. Not safe for concurrent use.
/// <para>
/// Of each type at most one push is outstanding; changes meanwhile are merged into the next one. Changes go out as CDS, EDS, LDS, RDS,
/// and listeners and routes wait until the clusters and endpoints that they may refer to are acknowledged (Envoy withholds that
/// acknowledgement while a new cluster warms, for which it needs its endpoints: so endpoints do not wait). What disappears goes last:
/// clusters and endpoints are removed when listeners and routes that no longer refer to them are in place.
/// </para>
/// </summary>
/// <param name="mostBytes">
/// A push that would be bigger is sent in parts of about so many bytes, the next when the client has taken the one before, so that a mesh of
/// thousands of services does not wait in memory once for each of its proxies. A single resource may still be bigger.
/// </param>
public sealed class DeltaSession(long mostBytes = long.MaxValue)
{
    private const int MostTypes = 16;

    private readonly List<DeltaTypeState> _types = [.. ResourceTypes.InOrder.Select(type => new DeltaTypeState(type, mostBytes))];
    private WantedResources? _wanted;
    private long _nonce;

    /// <summary>How far the client is, for each type that it has asked for.</summary>
    public IEnumerable<TypeProgress> Progress => _types.Where(type => type.IsAskedFor).Select(type => type.Progress(_wanted?.Of(type.TypeUrl)));

    /// <summary>Whether the client has answered everything that it was sent.</summary>
    public bool IsAnswered => _types.All(type => !type.IsOutstanding);

    /// <summary>How many versions are wanted and refused now.</summary>
    public int RefusalCount => _types.Where(type => type.IsAskedFor && type.HasRefusals).Sum(type => type.Refusals(_wanted?.Of(type.TypeUrl)).Count());

    /// <summary>Takes what the client says: subscriptions, and the answer to a push.</summary>
    /// <returns>What to send now, in this order.</returns>
    public IReadOnlyList<DeltaDiscoveryResponse> Receive(DeltaDiscoveryRequest request)
    {
        StateOf(request.TypeUrl)?.Receive(request);
        return Send();
    }

    /// <summary>Takes what the client is to have from now on.</summary>
    /// <returns>What to send now, in this order.</returns>
    public IReadOnlyList<DeltaDiscoveryResponse> Want(WantedResources wanted)
    {
        _wanted = wanted;
        return Send();
    }

    // A client may ask for types that are not served: it is told that nothing of the kind exists. Beyond a limit it is not heard.
    private DeltaTypeState? StateOf(string typeUrl)
    {
        var state = _types.Find(type => type.TypeUrl == typeUrl);
        if (state is null && _types.Count < MostTypes)
        {
            state = new DeltaTypeState(typeUrl, mostBytes);
            _types.Add(state);
        }

        return state;
    }

    private List<DeltaDiscoveryResponse> Send()
    {
        var responses = new List<DeltaDiscoveryResponse>();
        if (_wanted is null)
        {
            return responses;
        }

        foreach (var type in _types)
        {
            var mayAdd = !IsReferring(type) || !_types.Any(other => IsReferredTo(other) && other.IsOutstanding);
            if (mayAdd && type.Next(_wanted.Of(type.TypeUrl), MayRemove(type), NextNonce) is { } response)
            {
                responses.Add(response);
            }
        }

        return responses;
    }

    private bool MayRemove(DeltaTypeState type) =>
        !IsReferredTo(type) || _types.All(other => !IsReferring(other) || other.IsSettled(_wanted!.Of(other.TypeUrl)));

    private string NextNonce() => (++_nonce).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static bool IsReferredTo(DeltaTypeState type) => type.TypeUrl is ResourceTypes.Cluster or ResourceTypes.Endpoints;

    private static bool IsReferring(DeltaTypeState type) => type.TypeUrl is ResourceTypes.Listener or ResourceTypes.Route;
}
