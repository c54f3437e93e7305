using Envoy.Service.Discovery.V3;

namespace Mizzen.Xds.Sessions;

/// <summary>One type of a delta stream: what the client wants to hear of, what it has, what is on its way, what it refused.</summary>
/// <param name="typeUrl">The type.</param>
/// <param name="mostBytes">A push with more resources is sent in parts of about this size, one after the other.</param>
internal sealed class DeltaTypeState(string typeUrl, long mostBytes)
{
    private const string Wildcard = "*";

    // What the client may have under a name besides a version, told by reference: it knows that there is nothing; or it has some version, or none.
    private static readonly string Nothing = new("nothing");
    private static readonly string Uncertain = new("uncertain");

    private readonly HashSet<string> _names = [];
    private readonly Dictionary<string, string> _held = [];
    private readonly Dictionary<string, (string? Version, string Reason)> _refused = [];
    private Dictionary<string, string?>? _outstanding;
    private TypedResources? _outstandingFor;
    private TypedResources? _completeFor;
    private Queue<Resource> _rest = [];
    private TypedResources? _restOf;
    private bool _isWildcard;
    private bool _owesFirstAnswer;
    private string _sentNonce = "";
    private string _acknowledgedNonce = "";

    public string TypeUrl => typeUrl;

    public bool IsAskedFor { get; private set; }

    public bool IsOutstanding => _outstanding is not null;

    public TypeProgress Progress(TypedResources? wanted) => new(
        typeUrl,
        _sentNonce,
        _acknowledgedNonce,
        IsOutstanding,
        wanted is not null && IsSettled(wanted),
        [.. Refusals(wanted)]);

    /// <summary>Whether the client has refused anything that it has not taken since.</summary>
    public bool HasRefusals => _refused.Count > 0;

    /// <summary>What is wanted and refused.</summary>
    public IEnumerable<Refusal> Refusals(TypedResources? wanted) => _refused
        .Where(refused => wanted?.Find(refused.Key)?.Version == refused.Value.Version)
        .Select(refused => new Refusal(typeUrl, refused.Key, refused.Value.Version, refused.Value.Reason));

    /// <summary>Whether the client has all of it, refused none of it, and nothing is on its way.</summary>
    public bool IsSettled(TypedResources wanted)
    {
        if (!IsAskedFor)
        {
            return true;
        }

        return !IsOutstanding && _refused.Count == 0 && (IsCompleteFor(wanted) || IsUpToDate(wanted));
    }

    // The same set that the client was found to have needs no second look: with thousands of resources that is most of the work.
    private bool IsCompleteFor(TypedResources wanted) => ReferenceEquals(_completeFor, wanted);

    private bool IsUpToDate(TypedResources wanted) =>
        !Changed(wanted).Any() && !Unknown(wanted).Any() && !Gone(wanted).Any();

    public void Receive(DeltaDiscoveryRequest request)
    {
        var isFirst = !IsAskedFor;
        IsAskedFor = true;
        if (isFirst)
        {
            // A first request without names is a wildcard (the legacy form).
            _isWildcard = request.ResourceNamesSubscribe.Count == 0;
        }

        Answer(request);
        Subscribe(request.ResourceNamesSubscribe);
        if (isFirst)
        {
            TakeOver(request.InitialResourceVersions);
            _owesFirstAnswer = _isWildcard;
        }

        Unsubscribe(request.ResourceNamesUnsubscribe);
    }

    /// <summary>The next push; null when one is outstanding or there is nothing to say.</summary>
    public DeltaDiscoveryResponse? Next(TypedResources wanted, bool mayRemove, Func<string> nonce)
    {
        if (!IsAskedFor || IsOutstanding || (IsCompleteFor(wanted) && !_owesFirstAnswer))
        {
            return null;
        }

        var response = new DeltaDiscoveryResponse { TypeUrl = typeUrl };
        var gone = Gone(wanted).ToList();
        response.Resources.AddRange(Part(wanted));
        var isLast = _rest.Count == 0;
        if (isLast)
        {
            response.RemovedResources.AddRange(mayRemove ? Unknown(wanted).Concat(gone) : Unknown(wanted));
        }

        var completes = isLast && (mayRemove || gone.Count == 0) ? wanted : null;
        if (response.Resources.Count == 0 && response.RemovedResources.Count == 0 && !_owesFirstAnswer)
        {
            _completeFor = completes;
            return null;
        }

        _outstandingFor = completes;
        _owesFirstAnswer = false;
        _outstanding = response.Resources.ToDictionary(resource => resource.Name, resource => (string?)resource.Version);
        foreach (var name in response.RemovedResources)
        {
            _outstanding[name] = null;
        }

        _sentNonce = response.Nonce = nonce();
        return response;
    }

    // An answer to anything but the outstanding push belongs to an earlier stream.
    private void Answer(DeltaDiscoveryRequest request)
    {
        if (_outstanding is not { } sent || request.ResponseNonce != _sentNonce)
        {
            return;
        }

        _outstanding = null;
        if (request.ErrorDetail is { } error)
        {
            Refuse(sent, error.Message);
            return;
        }

        _acknowledgedNonce = request.ResponseNonce;
        _completeFor = _outstandingFor;
        foreach (var (name, version) in sent)
        {
            _refused.Remove(name);
            if (IsSubscribed(name))
            {
                _held[name] = version ?? Nothing;
            }
        }
    }

    // Which of a refused push's resources were taken nevertheless is not known: each counts as unknown until it is sent again.
    private void Refuse(Dictionary<string, string?> sent, string reason)
    {
        _restOf = null;
        _completeFor = null;
        foreach (var (name, version) in sent.Where(resource => IsSubscribed(resource.Key)))
        {
            _held[name] = Uncertain;
            _refused[name] = (version, reason);
        }
    }

    // Asking again for a name means that the client has lost it.
    private void Subscribe(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            LookAgain();
            if (name == Wildcard)
            {
                _isWildcard = true;
            }
            else
            {
                _names.Add(name);
                Forget(name);
            }
        }
    }

    private void Unsubscribe(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            LookAgain();
            if (name == Wildcard)
            {
                _isWildcard = false;
                foreach (var held in _held.Keys.Where(held => !_names.Contains(held)).ToList())
                {
                    Forget(held);
                }
            }
            else
            {
                _names.Remove(name);
                Forget(name);
            }
        }
    }

    private void TakeOver(IEnumerable<KeyValuePair<string, string>> versions)
    {
        foreach (var (name, version) in versions.Where(entry => IsSubscribed(entry.Key)))
        {
            _held[name] = version;
        }
    }

    // What is on its way under a name that is asked for anew must be sent once more, whatever the client answers.
    private void Forget(string name)
    {
        _held.Remove(name);
        _refused.Remove(name);
        _outstanding?.Remove(name);
    }

    private void LookAgain()
    {
        _restOf = null;
        _completeFor = null;
        _outstandingFor = null;
    }

    private bool IsSubscribed(string name) => _isWildcard || _names.Contains(name);

    private IEnumerable<Resource> Changed(TypedResources wanted) => Candidates(wanted).Where(IsNeeded);

    // What does not fit waits for the next part, which follows when this one is acknowledged; a newer set starts anew.
    private List<Resource> Part(TypedResources wanted)
    {
        if (!ReferenceEquals(_restOf, wanted))
        {
            _rest = new Queue<Resource>(Candidates(wanted));
            _restOf = wanted;
        }

        var part = new List<Resource>();
        for (long bytes = 0; bytes < mostBytes && _rest.TryDequeue(out var resource);)
        {
            if (IsNeeded(resource))
            {
                part.Add(resource);
                bytes += resource.CalculateSize();
            }
        }

        return part;
    }

    private bool IsNeeded(Resource resource) => !IsHeld(resource) && !IsRefused(resource.Name, resource.Version);

    // Of a client that has all of an earlier set only what is different since can matter: a few resources, not thousands.
    private IEnumerable<Resource> Candidates(TypedResources wanted)
    {
        if (_completeFor is { } earlier)
        {
            var changed = wanted.Since(earlier).Changed;
            return _isWildcard ? changed : changed.Where(resource => _names.Contains(resource.Name));
        }

        return _isWildcard ? wanted.All : _names.Select(wanted.Find).OfType<Resource>();
    }

    /// <summary>Names that were asked for by name, exist no more or never did, and of which the client has heard nothing.</summary>
    private IEnumerable<string> Unknown(TypedResources wanted) => _completeFor is not null
        ? []
        : _names.Where(name => wanted.Find(name) is null && !_held.ContainsKey(name) && !IsRefused(name, null));

    /// <summary>What the client has, or may have, and should not.</summary>
    private IEnumerable<string> Gone(TypedResources wanted) => _completeFor is { } earlier
        ? wanted.Since(earlier).Removed.Where(name => _held.TryGetValue(name, out var holding) && IsGone(name, holding, wanted))
        : _held.Where(held => IsGone(held.Key, held.Value, wanted)).Select(held => held.Key);

    private bool IsGone(string name, string holding, TypedResources wanted) =>
        !ReferenceEquals(holding, Nothing) && wanted.Find(name) is null && !IsRefused(name, null);

    private bool IsHeld(Resource resource) =>
        _held.TryGetValue(resource.Name, out var held) && held == resource.Version && !ReferenceEquals(held, Nothing) && !ReferenceEquals(held, Uncertain);

    private bool IsRefused(string name, string? version) =>
        _refused.TryGetValue(name, out var refused) && refused.Version == version;
}
