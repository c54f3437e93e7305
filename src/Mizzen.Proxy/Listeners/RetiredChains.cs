using Mizzen.Proxy.Exchanges;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Tcp;

namespace Mizzen.Proxy.Listeners;

/// <summary>
/// Connections whose listener or filter chain the configuration has no more: HTTP connections are asked to leave at once, and what is still
/// there when the drain time is over is cut off.
/// </summary>
internal sealed class RetiredChains(EventLoop loop, TcpServices tcp, TimeSpan drainTime)
{
    private readonly HashSet<HttpChain> _chains = [];

    /// <summary>A listener is gone.</summary>
    public void Retire(ActiveListener listener)
    {
        var name = listener.Model.Name;
        var before = loop.Timestamp;
        var chains = listener.Chains.ToArray();
        Retire(chains);
        loop.Arm(new LoopTimer(() => CutOff(name, chains, before)), (long)drainTime.TotalMilliseconds);
    }

    /// <summary>Chains of a listener that stays are gone.</summary>
    public void Retire(string listener, IReadOnlyList<HttpChain> chains)
    {
        if (chains.Count > 0)
        {
            Retire(chains);
            loop.Arm(new LoopTimer(() => CutOff(listener, chains, long.MinValue)), (long)drainTime.TotalMilliseconds);
        }
    }

    /// <summary>Ends all HTTP connections that are left.</summary>
    public void Abort()
    {
        foreach (var chain in _chains)
        {
            chain.Abort();
        }

        _chains.Clear();
    }

    private void Retire(IReadOnlyList<HttpChain> chains)
    {
        foreach (var chain in chains)
        {
            chain.Retire();
            _ = chain.Connections > 0 && _chains.Add(chain);
        }
    }

    private void CutOff(string listener, IReadOnlyList<HttpChain> chains, long before)
    {
        var count = chains.Sum(chain => chain.Connections) + tcp.EndThoseOf(listener, before);
        foreach (var chain in chains)
        {
            chain.Abort();
            _ = _chains.Remove(chain);
        }

        if (count > 0)
        {
            loop.Log.Warn($"listener {listener} is gone and {count} connections are cut off: they have not ended within the drain time of {drainTime.TotalSeconds:0.#} s");
        }
    }
}
