using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Listeners;

/// <summary>Which filter chain takes a connection: the most specific by destination port, then by destination range, then by protocol (Envoy). Pure.</summary>
internal static class FilterChainChoice
{
    /// <summary>The first bytes matter: a chain that could match wants HTTP.</summary>
    public static bool NeedsInspection(ListenerModel listener, NetAddress destination)
    {
        if (!listener.InspectHttp)
        {
            return false;
        }

        for (var i = 0; i < listener.Chains.Count; i++)
        {
            if (listener.Chains[i].RequiresHttp && RankOf(listener.Chains[i], destination) >= 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Index of the chain; the count of chains for the default chain; -1 when there is none: the connection is closed.</summary>
    /// <param name="listener">The listener.</param>
    /// <param name="destination">Where the client wanted to go.</param>
    /// <param name="isHttp">The first bytes look like HTTP/1.</param>
    public static int Choose(ListenerModel listener, NetAddress destination, bool isHttp)
    {
        var best = -1;
        var bestRank = -1;
        for (var i = 0; i < listener.Chains.Count; i++)
        {
            var chain = listener.Chains[i];
            if (chain.RequiresHttp && !isHttp)
            {
                continue;
            }

            var rank = RankOf(chain, destination);
            if (rank >= 0 && chain.RequiresHttp)
            {
                rank++;
            }

            if (rank > bestRank)
            {
                best = i;
                bestRank = rank;
            }
        }

        return best >= 0 ? best : listener.DefaultChain is null ? -1 : listener.Chains.Count;
    }

    private static int RankOf(FilterChainModel chain, NetAddress destination)
    {
        if (chain.DestinationPort != 0 && chain.DestinationPort != destination.Port)
        {
            return -1;
        }

        var rank = chain.DestinationPort != 0 ? 1024 : 0;
        if (chain.DestinationRanges.Count == 0)
        {
            return rank;
        }

        var address = destination.ToIPAddress();
        var longest = -1;
        for (var i = 0; i < chain.DestinationRanges.Count; i++)
        {
            if (chain.DestinationRanges[i].Contains(address))
            {
                longest = Math.Max(longest, chain.DestinationRanges[i].PrefixLength);
            }
        }

        return longest < 0 ? -1 : rank + ((longest + 1) * 2);
    }
}
