using Envoy.Config.Listener.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Mizzen.ControlPlane.Model;
using Mizzen.ControlPlane.Model.EnvoyFilters;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Translation.Patching;

/// <summary>Which listeners, chains and filters a patch means (<c>match.listener</c>).</summary>
internal static class ListenerMatches
{
    /// <summary>A chain of a listener that takes connections to every port is told by the chain's own port.</summary>
    public static bool Includes(PatchSet set, EnvoyPatch patch, Listener listener)
    {
        if (patch.Match.Listener is not { } match)
        {
            return true;
        }

        if (match.Name is { Length: > 0 } name && name != listener.Name)
        {
            return false;
        }

        return (patch.Place != PatchPlace.Listener && IsVirtual(listener))
            || match.PortNumber is not > 0
            || (listener.Address?.SocketAddress is { } address && IsPort(set, (int)address.PortValue, match.PortNumber.Value));
    }

    public static bool Includes(EnvoyPatch patch, Listener listener, FilterChain chain)
    {
        if (patch.Match.Listener is not { } match)
        {
            return true;
        }

        if (IsVirtual(listener) && match.PortNumber is > 0 and var port && chain.FilterChainMatch?.DestinationPort != (uint)port)
        {
            return false;
        }

        return match.FilterChain is not { } wanted || Includes(wanted, chain);
    }

    public static bool NamesListenerFilter(EnvoyPatch patch) => patch.Match.Listener?.ListenerFilter is { Length: > 0 };

    // Without a name REMOVE and REPLACE would mean all of them: then they mean none.
    public static bool Includes(EnvoyPatch patch, ListenerFilter filter) => NamesListenerFilter(patch)
        ? patch.Match.Listener!.ListenerFilter == filter.Name
        : patch.IsMerge;

    public static bool NamesFilter(EnvoyPatch patch) => patch.Match.Listener?.FilterChain?.Filter is not null;

    /// <summary>Whether changes inside of a filter are for this one.</summary>
    public static bool IsInside(EnvoyPatch patch, Filter filter) => !NamesFilter(patch) || patch.Match.Listener!.FilterChain!.Filter!.Name == filter.Name;

    public static bool Includes(EnvoyPatch patch, Filter filter) => NamesFilter(patch) ? IsInside(patch, filter) : patch.IsMerge;

    public static bool NamesSubFilter(EnvoyPatch patch) => patch.Match.Listener?.FilterChain?.Filter?.SubFilter is not null;

    public static bool Includes(EnvoyPatch patch, HttpFilter filter) => NamesSubFilter(patch)
        ? patch.Match.Listener!.FilterChain!.Filter!.SubFilter!.Name == filter.Name
        : patch.IsMerge;

    private static bool Includes(EnvoyFilterChainMatch wanted, FilterChain chain)
    {
        var match = chain.FilterChainMatch;
        return (string.IsNullOrEmpty(wanted.Name) || wanted.Name == chain.Name)
            && (string.IsNullOrEmpty(wanted.Sni) || match?.ServerNames.Contains(wanted.Sni) == true)
            && (string.IsNullOrEmpty(wanted.TransportProtocol) || match?.TransportProtocol == wanted.TransportProtocol)
            && (string.IsNullOrEmpty(wanted.ApplicationProtocols) || (match is not null && wanted.ApplicationProtocols.Split(',').All(match.ApplicationProtocols.Contains)))
            && (wanted.DestinationPort is not > 0 || match?.DestinationPort == (uint)wanted.DestinationPort);
    }

    private static bool IsPort(PatchSet set, int bound, int asked) => bound == asked || (set.Type == ProxyType.Router && set.IsPort(bound, asked));

    private static bool IsVirtual(Listener listener) => listener.Name is EnvoyNames.VirtualInbound or EnvoyNames.VirtualOutbound;
}
