using Mizzen.Proxy.Exchanges;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Listeners;

/// <summary>A listener on one loop: the model in force and the state of its HTTP chains, which outlives snapshots.</summary>
internal sealed class ActiveListener
{
    private HttpChain?[] _chains = [];

    public ActiveListener(ListenerModel model)
    {
        Model = model;
        _ = Update(model);
    }

    public ListenerModel Model { get; private set; }

    /// <summary>Its HTTP chains.</summary>
    public IEnumerable<HttpChain> Chains => _chains.OfType<HttpChain>();

    /// <summary>
    /// Takes a newer model. Connections of a chain that is still there, wanting the same connections, live on under the new model; the
    /// chains that are gone are returned.
    /// </summary>
    public IReadOnlyList<HttpChain> Update(ListenerModel model)
    {
        var old = Model;
        var chains = new HttpChain?[model.Chains.Count + 1];
        var kept = new HashSet<HttpChain>();
        for (var i = 0; i < chains.Length; i++)
        {
            if (ChainOf(model, i)?.Http is not { } http)
            {
                continue;
            }

            var chain = FindKept(old, model, i);
            if (chain is null || !kept.Add(chain))
            {
                chain = new HttpChain(model, http);
                kept.Add(chain);
            }

            chain.Update(model, http);
            chains[i] = chain;
        }

        var gone = _chains;
        _chains = chains;
        Model = model;
        return [.. gone.OfType<HttpChain>().Where(chain => !kept.Contains(chain))];
    }

    /// <summary>The chain of that index (<see cref="FilterChainChoice.Choose"/>), with its HTTP state if it is an HTTP chain.</summary>
    public (FilterChainModel Model, HttpChain? Http) At(int index) => (ChainOf(Model, index)!, _chains[index]);

    /// <summary>Closes idle connections now and the others after their response.</summary>
    public void Drain()
    {
        foreach (var chain in _chains)
        {
            chain?.Drain();
        }
    }

    /// <summary>Ends its HTTP connections at once.</summary>
    public void Abort()
    {
        foreach (var chain in _chains)
        {
            chain?.Abort();
        }
    }

    private static FilterChainModel? ChainOf(ListenerModel model, int index) =>
        index < model.Chains.Count ? model.Chains[index] : model.DefaultChain;

    private HttpChain? FindKept(ListenerModel old, ListenerModel model, int index)
    {
        if (index == model.Chains.Count)
        {
            return _chains.Length > 0 ? _chains[^1] : null;
        }

        var wanted = model.Chains[index];
        for (var i = 0; i < old.Chains.Count && i < _chains.Length - 1; i++)
        {
            if (_chains[i] is { } chain && HasSameMatch(old.Chains[i], wanted))
            {
                return chain;
            }
        }

        return null;
    }

    private static bool HasSameMatch(FilterChainModel one, FilterChainModel two) =>
        one.Name == two.Name && one.DestinationPort == two.DestinationPort && one.TransportProtocol == two.TransportProtocol
        && one.ServerNames.SequenceEqual(two.ServerNames) && one.ApplicationProtocols.SequenceEqual(two.ApplicationProtocols) && one.DestinationRanges.SequenceEqual(two.DestinationRanges);
}
