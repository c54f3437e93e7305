using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Listeners;

/// <summary>Holds an accepted connection until its first bytes tell what it is, or until time is over: then it is not HTTP.</summary>
internal sealed class Inspection : ITransportHandler
{
    private readonly SocketTransport _transport;
    private readonly Action<Inspection, bool> _onDecided;
    private readonly LoopTimer _timer;
    private ReadOnlyMemory<byte> _looked;
    private ITransportHandler? _successor;

    /// <param name="transport">The connection.</param>
    /// <param name="timeout">Milliseconds to wait; 0 waits for ever.</param>
    /// <param name="onDecided">Told once whether it looks like HTTP.</param>
    public Inspection(SocketTransport transport, long timeout, Action<Inspection, bool> onDecided)
    {
        _transport = transport;
        _onDecided = onDecided;
        _timer = new LoopTimer(() => Decide(isHttp: false));
        transport.Handler = this;
        if (timeout > 0)
        {
            transport.Loop.Arm(_timer, timeout);
        }
    }

    public SocketTransport Transport => _transport;

    /// <summary>Whose the connection is from now on; it gets the bytes that were looked at.</summary>
    public void HandTo(ITransportHandler successor) => _successor = successor;

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
        var detected = HttpDetection.Look(buffer.AsSpan(offset, count));
        if (detected == Detected.Undecided)
        {
            return 0;
        }

        _looked = buffer.AsMemory(offset, count);
        Decide(detected == Detected.Http);
        _looked = default;
        return _successor?.OnData(buffer, offset, count) ?? count;
    }

    public void OnEndOfStream() => Decide(isHttp: false);

    public void OnCongested()
    {
    }

    public void OnDrained()
    {
    }

    public void OnClosed(TransportFault fault) => _transport.Loop.Disarm(_timer);

    private void Decide(bool isHttp)
    {
        _transport.Loop.Disarm(_timer);
        _onDecided(this, isHttp);
    }
}
