using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Listeners;

/// <summary>
/// Holds an accepted connection until its first bytes tell whose it is (PROXY protocol) and what it is, or until time is over: then it is
/// nothing that is known.
/// </summary>
internal sealed class Inspection : ITransportHandler
{
    private readonly ListenerModel _listener;
    private readonly SocketTransport _transport;
    private readonly ITrafficObserver _observer;
    private readonly Action<Inspection, ConnectionTraits> _onDecided;
    private readonly Action _onGone;
    private readonly LoopTimer _timer;
    private ReadOnlyMemory<byte> _looked;
    private ITransportHandler? _successor;
    private bool _awaitsHeader;
    private bool _isLooking;

    /// <param name="listener">Says what to look for, and how long.</param>
    /// <param name="transport">The connection.</param>
    /// <param name="destination">Where the client wanted to go, unless a header says otherwise.</param>
    /// <param name="observer">Counts.</param>
    /// <param name="onDecided">Told once what the connection is.</param>
    /// <param name="onGone">Told instead when the client leaves before, or is turned away.</param>
    public Inspection(
        ListenerModel listener, SocketTransport transport, NetAddress destination, ITrafficObserver observer, Action<Inspection, ConnectionTraits> onDecided, Action onGone)
    {
        _listener = listener;
        _transport = transport;
        Destination = destination;
        _observer = observer;
        _onDecided = onDecided;
        _onGone = onGone;
        _awaitsHeader = listener.ProxyProtocol is not null;
        _timer = new LoopTimer(OnTimer);
        transport.Handler = this;
        if (listener.InspectTimeout > 0)
        {
            transport.Loop.Arm(_timer, listener.InspectTimeout);
        }
    }

    public SocketTransport Transport => _transport;

    /// <summary>Where the client wanted to go.</summary>
    public NetAddress Destination { get; private set; }

    /// <summary>Whose the connection is from now on; it gets the bytes that were looked at. Null when nobody takes it.</summary>
    public void HandTo(ITransportHandler? successor) => _successor = successor;

    /// <summary>Takes the socket out, with the bytes that were looked at.</summary>
    public int Detach(out byte[] unread)
    {
        var descriptor = _transport.Detach(out unread);
        if (_isLooking)
        {
            unread = _looked.ToArray();
        }

        return descriptor;
    }

    public void OnConnected()
    {
    }

    public int OnData(byte[] buffer, int offset, int count)
    {
        var used = 0;
        if (_awaitsHeader)
        {
            used = ReadHeader(buffer.AsSpan(offset, count));
            if (_awaitsHeader || used < 0)
            {
                return used < 0 ? count : 0;
            }
        }

        if (Look(buffer.AsSpan(offset + used, count - used)) is not { } traits)
        {
            return used;
        }

        _looked = buffer.AsMemory(offset + used, count - used);
        _isLooking = true;
        Decide(traits);
        _isLooking = false;
        _looked = default;
        return _successor is { } successor && used < count ? used + successor.OnData(buffer, offset + used, count - used) : _successor is null ? count : used;
    }

    public void OnEndOfStream()
    {
        if (_awaitsHeader)
        {
            TurnAway();
            return;
        }

        Decide(ConnectionTraits.Unknown);
    }

    public void OnCongested()
    {
    }

    public void OnDrained()
    {
    }

    public void OnClosed(TransportFault fault)
    {
        _transport.Loop.Disarm(_timer);
        _onGone();
    }

    /// <summary>The header's length when it is there, 0 as long as it is not complete, below 0 when the connection is turned away.</summary>
    private int ReadHeader(ReadOnlySpan<byte> bytes)
    {
        var model = _listener.ProxyProtocol!;
        switch (ProxyHeader.Read(bytes, out var header, out var length))
        {
            case ProxyHeaderResult.Incomplete:
                return 0;
            case ProxyHeaderResult.None when model.AllowsAbsent:
                _observer.Count(model.Absent);
                _awaitsHeader = false;
                return 0;
            case ProxyHeaderResult.None:
                return Refuse(model.AbsentRefused);
            case ProxyHeaderResult.Malformed:
                return Refuse(model.Errors[bytes[0] == (byte)'P' ? 0 : 1]);
        }

        if (!model.Allows(header.Version))
        {
            return Refuse(model.Disallowed[header.Version - 1]);
        }

        _observer.Count(model.Found[header.Version - 1]);
        _awaitsHeader = false;
        if (!header.Source.IsNone)
        {
            _transport.PresentAs(header.Source);
            Destination = header.Destination;
        }

        return length;
    }

    private int Refuse(CounterKey counter)
    {
        _observer.Count(counter);
        _transport.Loop.Log.Debug($"listener {_listener.Name}: {_transport.Remote} does not speak the PROXY protocol as it should: {counter.Name}");
        TurnAway();
        return -1;
    }

    private ConnectionTraits? Look(ReadOnlySpan<byte> bytes)
    {
        if (!FilterChainChoice.NeedsInspection(_listener, Destination))
        {
            return ConnectionTraits.Unknown;
        }

        return bytes.IsEmpty ? null : FirstBytes.Look(_listener, bytes);
    }

    private void OnTimer()
    {
        if (_awaitsHeader)
        {
            TurnAway();
            return;
        }

        Decide(ConnectionTraits.Unknown);
    }

    private void TurnAway()
    {
        _transport.Loop.Disarm(_timer);
        _transport.Abort();
        _onGone();
    }

    private void Decide(ConnectionTraits traits)
    {
        _transport.Loop.Disarm(_timer);
        _onDecided(this, traits);
    }
}
