using Mizzen.Proxy.Clusters;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;
using Mizzen.Proxy.Upstream;

namespace Mizzen.Proxy.Udp;

/// <summary>What one client and one endpoint send each other: a socket of its own, by which the endpoint's answers find their client.</summary>
internal sealed class UdpSession : Pollable
{
    private const int PerTurn = 64;

    private readonly UdpListener _owner;
    private readonly LoopUpstreams _upstreams;
    private readonly EndpointState _endpoint;
    private readonly LoopTimer _idle;
    private int _socket;

    private UdpSession(UdpListener owner, LoopUpstreams upstreams, ListenerModel listener, EndpointState endpoint, int socket)
    {
        _owner = owner;
        _upstreams = upstreams;
        _endpoint = endpoint;
        _socket = socket;
        Listener = listener;
        _idle = new LoopTimer(OnIdle);
    }

    /// <summary>The client.</summary>
    public required NetAddress Remote { get; init; }

    /// <summary>The address to which it sends.</summary>
    public required NetAddress Local { get; init; }

    /// <summary>The listener as it was when the session began.</summary>
    public ListenerModel Listener { get; }

    public UdpModel Settings => Listener.Udp!;

    /// <summary>Connects to an endpoint; null when the cluster or the process does not allow it.</summary>
    public static unsafe UdpSession? Start(UdpListener owner, LoopUpstreams upstreams, ListenerModel listener, EndpointState endpoint, NetAddress remote, NetAddress local)
    {
        var cluster = endpoint.Cluster;
        var counters = listener.Udp!.Counters;
        if (!cluster.Circuit.TryEnter(CircuitResource.Connections, cluster.Model.Limits.Connections))
        {
            upstreams.Count(counters.Overflow, 1);
            return null;
        }

        var socket = upstreams.Dial.OpenDatagramSocket(endpoint.Address, LoopUpstreams.SourceFor(cluster.Model, endpoint.Address));
        var target = stackalloc byte[NetAddress.LargestSocketAddress];
        var length = endpoint.Address.WriteSocketAddress(new Span<byte>(target, NetAddress.LargestSocketAddress));
        if (socket < 0 || Syscalls.Connect(socket, target, length) < 0)
        {
            upstreams.Count(counters.UpstreamSendErrors, 1);
            cluster.Circuit.Leave(CircuitResource.Connections);
            if (socket >= 0)
            {
                _ = Syscalls.Close(socket);
            }

            return null;
        }

        endpoint.Active++;
        var session = new UdpSession(owner, upstreams, listener, endpoint, socket) { Remote = remote, Local = local };
        upstreams.Loop.Register(session, socket);
        session.ArmIdle();
        return session;
    }

    /// <summary>Whether datagrams can go on to the same endpoint.</summary>
    public bool IsAlive(long now) => _socket >= 0 && !_endpoint.IsRemoved && _endpoint.IsUsable(now);

    /// <summary>Sends a client's datagram on.</summary>
    public unsafe void Forward(ReadOnlySpan<byte> data)
    {
        ArmIdle();
        fixed (byte* pointer = data)
        {
            var isSent = Syscalls.Send(_socket, pointer, (nuint)data.Length, Linux.DoNotWait | Linux.NoSignal) >= 0;
            _upstreams.Count(isSent ? Settings.Counters.UpstreamSent : Settings.Counters.UpstreamSendErrors, 1);
        }
    }

    public override void OnReady(uint events) => ReceiveSome();

    public override void OnDeferred() => ReceiveSome();

    /// <summary>Ends it; what the endpoint sends from now on reaches nobody.</summary>
    public void End()
    {
        if (_socket < 0)
        {
            return;
        }

        _upstreams.Loop.Disarm(_idle);
        _upstreams.Loop.Unregister(this);
        _ = Syscalls.Close(_socket);
        _socket = -1;
        _endpoint.Active--;
        _endpoint.Cluster.Circuit.Leave(CircuitResource.Connections);
        LoopUpstreams.ForgetIfUnused(_endpoint);
        _owner.Remove(this);
    }

    private void OnIdle()
    {
        _upstreams.Count(Settings.Counters.IdleTimeouts, 1);
        End();
    }

    private unsafe void ReceiveSome()
    {
        var scratch = _upstreams.Loop.ReceiveScratch;
        for (var i = 0; i < PerTurn && _socket >= 0; i++)
        {
            nint length;
            fixed (byte* pointer = scratch)
            {
                length = Syscalls.Receive(_socket, pointer, (nuint)scratch.Length, Linux.DoNotWait);
            }

            if (length >= 0)
            {
                ArmIdle();
                _upstreams.Count(Settings.Counters.UpstreamReceived, 1);
                _owner.Answer(this, scratch.AsSpan(0, (int)length));
            }
            else if (Syscalls.Errno != Linux.Interrupted)
            {
                if (Syscalls.Errno != Linux.Again)
                {
                    // An endpoint whose port is closed says so by ICMP; it may open it again.
                    _upstreams.Count(Settings.Counters.UpstreamReceiveErrors, 1);
                }

                return;
            }
        }

        if (_socket >= 0)
        {
            _upstreams.Loop.Defer(this);
        }
    }

    private void ArmIdle()
    {
        if (Settings.IdleTimeout > 0)
        {
            _upstreams.Loop.Arm(_idle, Settings.IdleTimeout);
        }
    }
}
