using Mizzen.Proxy.Exchanges;
using Mizzen.Proxy.Filters;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Overload;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Tcp;
using Mizzen.Proxy.Tls;
using Mizzen.Proxy.Transport;
using Mizzen.Proxy.Udp;

namespace Mizzen.Proxy.Listeners;

/// <summary>The listeners of one loop. They follow the snapshots; connections stay when what they came through stays.</summary>
internal sealed class ListenerSet(ExchangeServices exchanges, TcpServices tcp, TimeSpan drainTime)
{
    private readonly RetiredChains _retired = new(exchanges.Loop, tcp, drainTime);
    private readonly Dictionary<string, ActiveListener> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Acceptor[]> _acceptors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ActiveListener> _bound = new(StringComparer.Ordinal);
    private readonly Dictionary<NetAddress, ActiveListener> _byAddress = [];

    private EventLoop Loop => exchanges.Loop;

    private ConnectionGate Gate => exchanges.Gate;

    /// <summary>Takes the listeners of a newer snapshot, with listening sockets for the bindings that are new to it.</summary>
    /// <param name="listeners">The listeners.</param>
    /// <param name="opened">Listening sockets by <see cref="BindingOf"/>.</param>
    public void Apply(IReadOnlyList<ListenerModel> listeners, IReadOnlyDictionary<string, int[]> opened)
    {
        _bound.Clear();
        _byAddress.Clear();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var model in listeners)
        {
            names.Add(model.Name);
            Take(model);
        }

        foreach (var (binding, descriptors) in opened)
        {
            _acceptors[binding] = [.. descriptors.Select(descriptor => new Acceptor(
                Loop, descriptor, (accepted, remote) => OnAccepted(binding, accepted, remote), () => Gate.State.HoldsConnections))];
        }

        foreach (var binding in _acceptors.Keys.Where(binding => !_bound.ContainsKey(binding)).ToArray())
        {
            _ = _acceptors.Remove(binding, out var acceptors);
            Array.ForEach(acceptors!, static acceptor => acceptor.Close());
        }

        foreach (var name in _byName.Keys.Where(name => !names.Contains(name)).ToArray())
        {
            _ = _byName.Remove(name, out var listener);
            _retired.Retire(listener!);
        }
    }

    /// <summary>Closes idle HTTP connections now and the others after their response.</summary>
    public void Drain()
    {
        foreach (var listener in _byName.Values)
        {
            listener.Drain();
        }
    }

    /// <summary>Listens no more and ends the HTTP connections that are left.</summary>
    public void Close()
    {
        foreach (var listener in _byName.Values)
        {
            listener.Abort();
        }

        _retired.Abort();
        StopListening();
    }

    /// <summary>The listening sockets with what they are bound for.</summary>
    public IEnumerable<(string Binding, int Socket)> Sockets =>
        _acceptors.SelectMany(entry => entry.Value, static (entry, acceptor) => (entry.Key, acceptor.Socket));

    /// <summary>Listens no more; connections stay.</summary>
    public void StopListening()
    {
        foreach (var acceptor in _acceptors.Values.SelectMany(static acceptors => acceptors))
        {
            acceptor.Close();
        }

        _acceptors.Clear();
    }

    /// <summary>Identifies the socket that a listener needs: its address, so that a renamed listener keeps it; with a port that the kernel chooses also its name.</summary>
    public static string BindingOf(ListenerModel listener) => (listener.Udp is null ? "" : UdpListeners.BindingPrefix)
        + (listener.Address.Port == 0 ? $"{listener.Address}/{listener.Name}" : listener.Address.ToString());

    private void Take(ListenerModel model)
    {
        if (_byName.TryGetValue(model.Name, out var listener))
        {
            _retired.Retire(model.Name, listener.Update(model));
        }
        else
        {
            listener = new ActiveListener(model);
            _byName[model.Name] = listener;
        }

        if (model.BindToPort)
        {
            _bound[BindingOf(model)] = listener;
        }

        _byAddress[NetAddress.Of(model.Address)] = listener;
    }

    private void OnAccepted(string binding, int descriptor, NetAddress remote)
    {
        // The binding may have lost its listener in the snapshot whose application accepts the last connections.
        if (!_bound.TryGetValue(binding, out var listener))
        {
            _ = Syscalls.Close(descriptor);
            return;
        }

        var local = SocketOptions.LocalOf(descriptor);
        var destination = AsksForDestination(listener.Model) ? SocketOptions.OriginalDestinationOf(descriptor, local) : local;
        if (listener.Model is { UseOriginalDestination: true, Direction: not TrafficDirection.Inbound } && FindFor(destination) is { } other)
        {
            listener = other;
        }

        if (!Gate.TryEnter(listener.Model))
        {
            _ = Syscalls.Close(descriptor);
            return;
        }

        if (listener.Model.ProxyProtocol is not null || FilterChainChoice.NeedsInspection(listener.Model, destination))
        {
            var inspected = listener;
            _ = new Inspection(
                listener.Model,
                SocketTransport.Adopt(Loop, descriptor, remote),
                destination,
                exchanges.Observer,
                (inspection, traits) => OnInspected(inspected, inspection, traits),
                () => Gate.Leave(inspected.Model));
            return;
        }

        Serve(listener, descriptor, remote, destination);
    }

    private static bool AsksForDestination(ListenerModel model) =>
        model.UseOriginalDestination || model.Direction == TrafficDirection.Inbound;

    /// <summary>The listener of an original destination: of exactly that address, else of that port on all addresses.</summary>
    private ActiveListener? FindFor(NetAddress destination)
    {
        if (_byAddress.TryGetValue(destination, out var listener))
        {
            return listener;
        }

        return _byAddress.TryGetValue(ListenerChoice.OnAllAddresses(destination), out listener) ? listener : null;
    }

    private void Serve(ActiveListener listener, int descriptor, NetAddress remote, NetAddress destination)
    {
        var index = FilterChainChoice.Choose(listener.Model, destination, ConnectionTraits.Unknown);
        if (index < 0)
        {
            _ = Syscalls.Close(descriptor);
            Gate.TurnAway(listener.Model);
            return;
        }

        var (model, http) = listener.At(index);
        if (model.Tls is { } tls)
        {
            _ = Secure(listener.Model, model, http, SocketTransport.Adopt(Loop, descriptor, remote), tls, destination);
        }
        else if (http is not null)
        {
            _ = ServeHttp(listener.Model, model, http, SocketTransport.Adopt(Loop, descriptor, remote), destination);
        }
        else
        {
            TcpSession.Start(tcp, listener.Model, model.Tcp!, descriptor, remote, destination, []);
        }
    }

    private void OnInspected(ActiveListener listener, Inspection inspection, ConnectionTraits traits)
    {
        var transport = inspection.Transport;
        var destination = inspection.Destination;
        var index = FilterChainChoice.Choose(listener.Model, destination, traits);
        if (index < 0)
        {
            transport.Abort();
            Gate.TurnAway(listener.Model);
            return;
        }

        var (model, http) = listener.At(index);
        if (model.Tls is { } tls)
        {
            inspection.HandTo(Secure(listener.Model, model, http, transport, tls, destination).Receiver);
            transport.RedeliverPending();
        }
        else if (http is not null)
        {
            inspection.HandTo(ServeHttp(listener.Model, model, http, transport, destination));
            transport.RedeliverPending();
        }
        else
        {
            var remote = transport.Remote;
            var descriptor = inspection.Detach(out var unread);
            TcpSession.Start(tcp, listener.Model, model.Tcp!, descriptor, remote, destination, unread, traits.ServerName);
        }
    }

    private TlsAccept Secure(
        ListenerModel listener, FilterChainModel chain, HttpChain? http, SocketTransport socket, ServerTls tls, NetAddress destination) =>
        new(
            socket,
            exchanges.Upstreams.Tls,
            tls,
            session =>
            {
                if (http is not null)
                {
                    _ = ServeHttp(listener, chain, http, session, destination);
                }
                else
                {
                    TcpSession.Start(tcp, listener, chain.Tcp!, session, destination);
                }
            },
            () => Gate.Leave(listener));

    /// <summary>Starts an HTTP connection; null when a network filter does not let it in.</summary>
    private ITransportHandler? ServeHttp(
        ListenerModel listener, FilterChainModel chain, HttpChain http, ByteTransport transport, NetAddress destination)
    {
        if (chain.Filters.Count > 0 && !NetworkFilters.Admit(chain.Filters, Record(listener, transport, destination), exchanges.Observer))
        {
            transport.Abort();
            Gate.Leave(listener);
            return null;
        }

        return new HttpDownstream(exchanges, http, transport, destination, chain.Filters).Receiver;
    }

    private ConnectionRecord Record(ListenerModel listener, ByteTransport transport, NetAddress destination) => new()
    {
        Listener = listener,
        Started = Loop.Clock.GetUtcNow(),
        DownstreamRemote = transport.Remote,
        DownstreamLocal = destination,
        Security = transport.Security,
        RequestedServerName = transport.Security?.ServerName,
    };
}
