using Envoy.Service.Discovery.V3;

namespace Mizzen.Xds.Sessions;

/// <summary>One type of a delta stream: what the client wants to hear of, what it has, what is on its way, what it refused.</summary>
internal sealed class DeltaTypeState(string typeUrl)
{
    private const string Wildcard = "*";

    private readonly HashSet<string> _names = [];
    private readonly Dictionary<string, Holding> _held = [];
    private readonly Dictionary<string, (string? Version, string Reason)> _refused = [];
    private Dictionary<string, string?>? _outstanding;
    private IReadOnlyDictionary<string, Resource>? _outstandingFor;
    private IReadOnlyDictionary<string, Resource>? _completeFor;
    private bool _isWildcard;
    private bool _owesFirstAnswer;
    private string _sentNonce = "";
    private string _acknowledgedNonce = "";

    public string TypeUrl => typeUrl;

    public bool IsAskedFor { get; private set; }

    public bool IsOutstanding => _outstanding is not null;

    public TypeProgress Progress(IReadOnlyDictionary<string, Resource>? wanted) => new(
        typeUrl,
        _sentNonce,
        _acknowledgedNonce,
        IsOutstanding,
        wanted is not null && IsSettled(wanted),
        [.. Refusals(wanted)]);

    /// <summary>What is wanted and refused.</summary>
    public IEnumerable<Refusal> Refusals(IReadOnlyDictionary<string, Resource>? wanted) => _refused
        .Where(refused => wanted?.GetValueOrDefault(refused.Key)?.Version == refused.Value.Version)
        .Select(refused => new Refusal(typeUrl, refused.Key, refused.Value.Version, refused.Value.Reason));

    /// <summary>Whether the client has all of it, refused none of it, and nothing is on its way.</summary>
    public bool IsSettled(IReadOnlyDictionary<string, Resource> wanted)
    {
        if (!IsAskedFor)
        {
            return true;
        }

        return !IsOutstanding && _refused.Count == 0 && (IsCompleteFor(wanted) || IsUpToDate(wanted));
    }

    // The same set that the client was found to have needs no second look: with thousands of resources that is most of the work.
    private bool IsCompleteFor(IReadOnlyDictionary<string, Resource> wanted) => ReferenceEquals(_completeFor, wanted);

    private bool IsUpToDate(IReadOnlyDictionary<string, Resource> wanted) =>
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
    public DeltaDiscoveryResponse? Next(IReadOnlyDictionary<string, Resource> wanted, bool mayRemove, Func<string> nonce)
    {
        if (!IsAskedFor || IsOutstanding || (IsCompleteFor(wanted) && !_owesFirstAnswer))
        {
            return null;
        }

        var response = new DeltaDiscoveryResponse { TypeUrl = typeUrl };
        response.Resources.AddRange(Changed(wanted));
        response.RemovedResources.AddRange(mayRemove ? Unknown(wanted).Concat(Gone(wanted)) : Unknown(wanted));
        if (response.Resources.Count == 0 && response.RemovedResources.Count == 0 && !_owesFirstAnswer)
        {
            _completeFor = mayRemove ? wanted : null;
            return null;
        }

        _outstandingFor = mayRemove ? wanted : null;
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
                _held[name] = version is null ? Holding.Nothing : new Holding(version);
            }
        }
    }

    // Which of a refused push's resources were taken nevertheless is not known: each counts as unknown until it is sent again.
    private void Refuse(Dictionary<string, string?> sent, string reason)
    {
        _completeFor = null;
        foreach (var (name, version) in sent.Where(resource => IsSubscribed(resource.Key)))
        {
            _held[name] = Holding.Uncertain;
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
            _held[name] = new Holding(version);
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
        _completeFor = null;
        _outstandingFor = null;
    }

    private bool IsSubscribed(string name) => _isWildcard || _names.Contains(name);

    private IEnumerable<Resource> Changed(IReadOnlyDictionary<string, Resource> wanted) =>
        (_isWildcard ? wanted.Values : _names.Select(name => wanted.GetValueOrDefault(name)).OfType<Resource>())
        .Where(resource => _held.GetValueOrDefault(resource.Name)?.Version != resource.Version && !IsRefused(resource.Name, resource.Version));

    /// <summary>Names that were asked for by name, exist no more or never did, and of which the client has heard nothing.</summary>
    private IEnumerable<string> Unknown(IReadOnlyDictionary<string, Resource> wanted) =>
        _names.Where(name => !wanted.ContainsKey(name) && !_held.ContainsKey(name) && !IsRefused(name, null));

    /// <summary>What the client has, or may have, and should not.</summary>
    private IEnumerable<string> Gone(IReadOnlyDictionary<string, Resource> wanted) =>
        _held.Where(held => !ReferenceEquals(held.Value, Holding.Nothing) && !wanted.ContainsKey(held.Key) && !IsRefused(held.Key, null))
            .Select(held => held.Key);

    private bool IsRefused(string name, string? version) =>
        _refused.TryGetValue(name, out var refused) && refused.Version == version;

    /// <summary>What the client has under a name; no version when there is none or it is not known.</summary>
    private sealed class Holding(string? version)
    {
        /// <summary>The client knows that it does not exist.</summary>
        public static readonly Holding Nothing = new(null);

        /// <summary>Some version, or none.</summary>
        public static readonly Holding Uncertain = new(null);

        public string? Version => version;
    }
}
