using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Listeners;

/// <summary>Which listener takes a connection that the redirect brought: the one of exactly its destination, else of its port on all addresses, else the one that was redirected to. Pure.</summary>
internal static class ListenerChoice
{
    /// <summary>The address of a listener for that port on all addresses.</summary>
    public static NetAddress OnAllAddresses(NetAddress destination) =>
        destination.IsV6 ? new NetAddress(0, destination.Port, true) : NetAddress.V4(0, destination.Port);

    /// <summary>The listener of an outgoing or gateway connection; null when nobody takes it.</summary>
    /// <param name="listeners">The configuration's listeners.</param>
    /// <param name="destination">Where the client connects to.</param>
    public static ListenerModel? Find(IReadOnlyList<ListenerModel> listeners, NetAddress destination)
    {
        ListenerModel? Of(NetAddress address) => listeners.LastOrDefault(listener => NetAddress.Of(listener.Address) == address);
        return Of(destination) ?? Of(OnAllAddresses(destination)) ?? listeners.FirstOrDefault(listener => listener is { UseOriginalDestination: true, Direction: not TrafficDirection.Inbound });
    }
}
