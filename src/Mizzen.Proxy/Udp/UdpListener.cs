using Mizzen.Proxy.Exchanges;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Overload;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;
using Mizzen.Proxy.Upstream;

namespace Mizzen.Proxy.Udp;

/// <summary>
/// A socket of datagrams on a loop, and the sessions of its clients: who sends from one address and port to one of ours has one, until
/// nothing comes any more. A datagram allocates nothing; a session does.
/// </summary>
internal sealed class UdpListener : Pollable
{
    // A flood must not hold up the requests of others.
    private const int PerTurn = 64;

    private readonly LoopUpstreams _upstreams;
    private readonly ConnectionGate _gate;
    private readonly NetAddress _bound;
    private readonly Dictionary<(NetAddress Remote, NetAddress Local), UdpSession> _sessions = [];

    /// <summary>Takes over a bound, non-blocking socket.</summary>
    public UdpListener(LoopUpstreams upstreams, ConnectionGate gate, ListenerModel model, int socket)
    {
        _upstreams = upstreams;
        _gate = gate;
        Model = model;
        Socket = socket;
        _bound = SocketOptions.LocalOf(socket);
        if (_bound.Value == 0)
        {
            DatagramSocket.AskForDestinations(socket, _bound.IsV6);
        }

        Loop.Register(this, socket);
    }

    /// <summary>The socket; below 0 when it is closed.</summary>
    public int Socket { get; private set; }

    public ListenerModel Model { get; private set; }

    private EventLoop Loop => _upstreams.Loop;

    private UdpModel Settings => Model.Udp!;

    /// <summary>Takes a newer model; sessions to another cluster than it names end.</summary>
    public void Update(ListenerModel model)
    {
        var isElsewhere = model.Udp!.Cluster != Settings.Cluster;
        if (isElsewhere)
        {
            EndAll();
        }

        Model = model;
    }

    public override void OnReady(uint events) => ReceiveSome();

    public override void OnDeferred() => ReceiveSome();

    /// <summary>Listens no more and ends the sessions: their answers could not be sent.</summary>
    public void Close()
    {
        EndAll();
        Loop.Unregister(this);
        _ = Syscalls.Close(Socket);
        Socket = -1;
    }

    /// <summary>Sends an answer to a client.</summary>
    public void Answer(UdpSession session, ReadOnlySpan<byte> data)
    {
        var counters = Settings.Counters;
        if (DatagramSocket.Send(Socket, _bound.IsV6, data, session.Remote, _bound.Value == 0 ? session.Local : default) != 0)
        {
            _upstreams.Count(counters.SendErrors, 1);
            return;
        }

        _upstreams.Count(counters.SentDatagrams, 1);
        _upstreams.Count(counters.SentBytes, data.Length);
    }

    /// <summary>A session is over.</summary>
    public void Remove(UdpSession session)
    {
        _ = _sessions.Remove((session.Remote, session.Local));
        _gate.Leave(session.Listener);
        _upstreams.Count(session.Settings.Counters.ActiveSessions, -1);
    }

    private void EndAll()
    {
        foreach (var session in _sessions.Values.ToArray())
        {
            session.End();
        }
    }

    private void ReceiveSome()
    {
        var scratch = Loop.ReceiveScratch;
        for (var i = 0; i < PerTurn && Socket >= 0; i++)
        {
            var datagram = DatagramSocket.Receive(Socket, scratch, _bound);
            if (datagram.Length >= 0)
            {
                Take(datagram, scratch);
            }
            else if (datagram.Length != -Linux.Interrupted)
            {
                if (datagram.Length != -Linux.Again)
                {
                    _upstreams.Count(Settings.Counters.ReceiveErrors, 1);
                }

                return;
            }
        }

        if (Socket >= 0)
        {
            Loop.Defer(this);
        }
    }

    private void Take(Datagram datagram, byte[] buffer)
    {
        var counters = Settings.Counters;
        if (datagram.IsTruncated || datagram.Remote.IsNone)
        {
            _upstreams.Count(counters.ReceiveErrors, 1);
            return;
        }

        if (SessionOf(datagram) is { } session)
        {
            _upstreams.Count(counters.ReceivedDatagrams, 1);
            _upstreams.Count(counters.ReceivedBytes, datagram.Length);
            session.Forward(buffer.AsSpan(0, datagram.Length));
        }
    }

    /// <summary>The session of a datagram's client; a new one when there is none or its endpoint is gone.</summary>
    private UdpSession? SessionOf(Datagram datagram)
    {
        if (_sessions.TryGetValue((datagram.Remote, datagram.Local), out var session))
        {
            if (session.IsAlive(Loop.Now))
            {
                return session;
            }

            session.End();
        }

        return Begin(datagram);
    }

    private UdpSession? Begin(Datagram datagram)
    {
        var settings = Settings;
        if (_upstreams.Find(settings.Cluster) is not { } cluster)
        {
            _upstreams.Count(settings.Counters.NoRoute, 1);
            return null;
        }

        var hash = settings.HashesSourceAddress ? HashKey.OfAddress(datagram.Remote) : settings.HashKey;
        if (_upstreams.Choose(cluster, datagram.Local, hash) is not { } endpoint)
        {
            _upstreams.Count(settings.Counters.NoneHealthy, 1);
            return null;
        }

        if (!_gate.TryEnter(Model))
        {
            return null;
        }

        if (UdpSession.Start(this, _upstreams, Model, endpoint, datagram.Remote, datagram.Local) is not { } session)
        {
            _gate.Leave(Model);
            return null;
        }

        _sessions.Add((datagram.Remote, datagram.Local), session);
        _upstreams.Count(settings.Counters.Sessions, 1);
        _upstreams.Count(settings.Counters.ActiveSessions, 1);
        return session;
    }
}
