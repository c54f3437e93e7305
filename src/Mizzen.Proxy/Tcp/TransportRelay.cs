using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Tcp;

/// <summary>
/// Moves bytes between two transports where the kernel cannot do it because one of them is encrypted here; with backpressure and half-close.
/// </summary>
internal sealed class TransportRelay : IRelay
{
    private readonly EventLoop _loop;
    private readonly Side _client;
    private readonly Side _server;
    private readonly LoopTimer _idle;
    private readonly long _idleMilliseconds;
    private readonly Action<IRelay> _onEnded;
    private bool _ended;

    /// <summary>Takes over both transports, which must be connected.</summary>
    public TransportRelay(ByteTransport client, ByteTransport server, long idleMilliseconds, Action<IRelay> onEnded)
    {
        _loop = client.Loop;
        _idleMilliseconds = idleMilliseconds;
        _onEnded = onEnded;
        _idle = new LoopTimer(End);
        _client = new Side(this, client, server);
        _server = new Side(this, server, client);
        client.Handler = _client;
        server.Handler = _server;
    }

    public long ClientBytes => _client.Received;

    public long ServerBytes => _server.Received;

    public void Start(ReadOnlySpan<byte> unread)
    {
        ArmIdle();
        if (!unread.IsEmpty)
        {
            _client.Pass(unread);
        }

        _client.Own.ResumeReading();
    }

    public void End()
    {
        if (!_ended)
        {
            Finish();
            _client.Own.Close();
            _server.Own.Close();
        }
    }

    private void OnClosed(Side gone, TransportFault fault)
    {
        if (!_ended)
        {
            Finish();
            gone.Other.Abort(reset: fault == TransportFault.Reset);
        }
    }

    private void OnEnd()
    {
        if (_client.HasEnded && _server.HasEnded)
        {
            End();
        }
    }

    private void Finish()
    {
        _ended = true;
        _loop.Disarm(_idle);
        _onEnded(this);
    }

    private void ArmIdle()
    {
        if (_idleMilliseconds > 0 && !_ended)
        {
            _loop.Arm(_idle, _idleMilliseconds);
        }
    }

    private sealed class Side(TransportRelay relay, ByteTransport own, ByteTransport other) : ITransportHandler
    {
        public ByteTransport Own { get; } = own;

        public ByteTransport Other { get; } = other;

        public long Received { get; private set; }

        public bool HasEnded { get; private set; }

        public void Pass(ReadOnlySpan<byte> data)
        {
            Received += data.Length;
            Other.Write(data);
            if (Other.IsCongested)
            {
                Own.PauseReading();
            }
        }

        public void OnConnected()
        {
        }

        public int OnData(byte[] buffer, int offset, int count)
        {
            relay.ArmIdle();
            Pass(buffer.AsSpan(offset, count));
            return count;
        }

        public void OnEndOfStream()
        {
            HasEnded = true;
            Other.ShutdownSend();
            relay.OnEnd();
        }

        public void OnCongested() => Other.PauseReading();

        public void OnDrained() => Other.ResumeReading();

        public void OnClosed(TransportFault fault) => relay.OnClosed(this, fault);
    }
}
