using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Listeners;

/// <summary>Holds an accepted connection until its first bytes tell what it is, or until time is over: then it is nothing that is known.</summary>
internal sealed class Inspection : ITransportHandler
{
    private readonly ListenerModel _listener;
    private readonly SocketTransport _transport;
    private readonly Action<Inspection, ConnectionTraits> _onDecided;
    private readonly Action _onGone;
    private readonly LoopTimer _timer;
    private ReadOnlyMemory<byte> _looked;
    private ITransportHandler? _successor;

    /// <param name="listener">Says what to look for, and how long.</param>
    /// <param name="transport">The connection.</param>
    /// <param name="onDecided">Told once what the connection is.</param>
    /// <param name="onGone">Told instead when the client leaves before.</param>
    public Inspection(ListenerModel listener, SocketTransport transport, Action<Inspection, ConnectionTraits> onDecided, Action onGone)
    {
        _onGone = onGone;
        _listener = listener;
        _transport = transport;
        _onDecided = onDecided;
        _timer = new LoopTimer(() => Decide(ConnectionTraits.Unknown));
        transport.Handler = this;
        if (listener.InspectTimeout > 0)
        {
            transport.Loop.Arm(_timer, listener.InspectTimeout);
        }
    }

    public SocketTransport Transport => _transport;

    /// <summary>Whose the connection is from now on; it gets the bytes that were looked at. Null when nobody takes it.</summary>
    public void HandTo(ITransportHandler? successor) => _successor = successor;

    /// <summary>Takes the socket out, with the bytes that were looked at.</summary>
    public int Detach(out byte[] unread)
    {
        var descriptor = _transport.Detach(out unread);
        if (unread.Length == 0)
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
        if (FirstBytes.Look(_listener, buffer.AsSpan(offset, count)) is not { } traits)
        {
            return 0;
        }

        _looked = buffer.AsMemory(offset, count);
        Decide(traits);
        _looked = default;
        return _successor?.OnData(buffer, offset, count) ?? count;
    }

    public void OnEndOfStream() => Decide(ConnectionTraits.Unknown);

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

    private void Decide(ConnectionTraits traits)
    {
        _transport.Loop.Disarm(_timer);
        _onDecided(this, traits);
    }
}
