using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Listeners;

/// <summary>
/// Which filter chain takes a connection: step by step the most specific by destination port, destination range, server name, transport
/// protocol and application protocol. A step is not taken back when a later one finds nothing (Envoy). Pure.
/// </summary>
internal static class FilterChainChoice
{
    /// <summary>The first bytes matter: a chain that could match asks for something that only they tell.</summary>
    public static bool NeedsInspection(ListenerModel listener, NetAddress destination)
    {
        if (!listener.InspectHttp && !listener.InspectTls)
        {
            return false;
        }

        var choice = new Choice(listener, destination);
        for (var i = 0; i < listener.Chains.Count; i++)
        {
            var chain = listener.Chains[i];
            if (choice.IsAt(chain) && (chain.ApplicationProtocols.Count > 0 || chain.ServerNames.Count > 0 || chain.TransportProtocol != TransportProtocol.Any))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Index of the chain; the count of chains for the default chain; -1 when there is none: the connection is closed.</summary>
    /// <param name="listener">The listener.</param>
    /// <param name="destination">Where the client wanted to go.</param>
    /// <param name="traits">What the first bytes have told.</param>
    public static int Choose(ListenerModel listener, NetAddress destination, ConnectionTraits traits)
    {
        var choice = new Choice(listener, destination);
        var chosen = choice.Find(traits);
        return chosen >= 0 ? chosen : listener.DefaultChain is null ? -1 : listener.Chains.Count;
    }

    /// <summary>The steps that were taken already.</summary>
    private readonly ref struct Choice
    {
        private const int Elsewhere = -1;

        private readonly ListenerModel _listener;
        private readonly NetAddress _destination;
        private readonly int _port;
        private readonly int _prefix = Elsewhere;

        public Choice(ListenerModel listener, NetAddress destination)
        {
            _listener = listener;
            _destination = destination;
            for (var i = 0; i < listener.Chains.Count; i++)
            {
                if (listener.Chains[i].DestinationPort == destination.Port)
                {
                    _port = destination.Port;
                }
            }

            for (var i = 0; i < listener.Chains.Count; i++)
            {
                if (listener.Chains[i].DestinationPort == _port)
                {
                    _prefix = Math.Max(_prefix, PrefixOf(listener.Chains[i]));
                }
            }
        }

        /// <summary>The chain is as specific about the destination as the most specific that matches it.</summary>
        public bool IsAt(FilterChainModel chain) => _prefix != Elsewhere && chain.DestinationPort == _port && PrefixOf(chain) == _prefix;

        public int Find(ConnectionTraits traits)
        {
            var name = Elsewhere;
            foreach (var chain in _listener.Chains)
            {
                name = IsAt(chain) ? Math.Max(name, NameRank(chain, traits.ServerName)) : name;
            }

            var transport = Elsewhere;
            foreach (var chain in _listener.Chains)
            {
                transport = IsAt(chain) && NameRank(chain, traits.ServerName) == name ? Math.Max(transport, TransportRank(chain, traits.IsTls)) : transport;
            }

            var best = Elsewhere;
            var bestRank = Elsewhere;
            for (var i = 0; i < _listener.Chains.Count; i++)
            {
                var chain = _listener.Chains[i];
                if (IsAt(chain) && name != Elsewhere && NameRank(chain, traits.ServerName) == name
                    && transport != Elsewhere && TransportRank(chain, traits.IsTls) == transport && ProtocolRank(chain, traits) is var rank && rank > bestRank)
                {
                    best = i;
                    bestRank = rank;
                }
            }

            return best;
        }

        /// <summary>Length of the longest range that holds the destination, from 1; 0 for a chain without ranges.</summary>
        private int PrefixOf(FilterChainModel chain)
        {
            if (chain.DestinationRanges.Count == 0)
            {
                return 0;
            }

            var longest = Elsewhere;
            var address = _destination.ToIPAddress();
            for (var i = 0; i < chain.DestinationRanges.Count; i++)
            {
                if (chain.DestinationRanges[i].Contains(address))
                {
                    longest = Math.Max(longest, chain.DestinationRanges[i].PrefixLength + 1);
                }
            }

            return longest;
        }

        /// <summary>An exact name beats a wildcard, a longer wildcard a shorter one, any name none.</summary>
        private static int NameRank(FilterChainModel chain, string serverName)
        {
            var best = chain.ServerNames.Count == 0 ? 0 : Elsewhere;
            for (var i = 0; i < chain.ServerNames.Count; i++)
            {
                var name = chain.ServerNames[i];
                if (name == serverName)
                {
                    return int.MaxValue;
                }

                if (name.StartsWith("*.", StringComparison.Ordinal) && serverName.Length >= name.Length
                    && serverName.AsSpan().EndsWith(name.AsSpan(1), StringComparison.Ordinal))
                {
                    best = Math.Max(best, name.Length);
                }
            }

            return best;
        }

        private static int TransportRank(FilterChainModel chain, bool isTls) => chain.TransportProtocol switch
        {
            TransportProtocol.Any => 0,
            TransportProtocol.Tls => isTls ? 1 : Elsewhere,
            _ => isTls ? Elsewhere : 1,
        };

        private static int ProtocolRank(FilterChainModel chain, ConnectionTraits traits)
        {
            if (chain.ApplicationProtocols.Count == 0)
            {
                return 0;
            }

            // The client's first wish counts most.
            for (var i = 0; i < traits.Protocols.Count; i++)
            {
                for (var j = 0; j < chain.ApplicationProtocols.Count; j++)
                {
                    if (chain.ApplicationProtocols[j] == traits.Protocols[i])
                    {
                        return traits.Protocols.Count - i;
                    }
                }
            }

            return Elsewhere;
        }
    }
}
