using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Transport;

namespace Mizzen.Fuzz.Targets;

/// <summary>A transport without a socket: keeps what is written.</summary>
internal sealed class MemoryTransport(EventLoop loop) : ByteTransport(loop)
{
    private readonly List<byte> _written = [];

    public IReadOnlyList<byte> Written => _written;

    public bool IsClosed { get; private set; }

    public override NetAddress Local => default;

    public override NetAddress Remote => default;

    public override bool IsCongested => false;

    public override void Write(ReadOnlySpan<byte> data) => _written.AddRange(data);

    public override void PauseReading()
    {
    }

    public override void ResumeReading()
    {
    }

    public override void RedeliverPending()
    {
    }

    public override void ShutdownSend()
    {
    }

    public override void Close() => IsClosed = true;

    public override void Abort(bool reset = false) => IsClosed = true;

    public override void OnReady(uint events)
    {
    }

    public override void OnDeferred()
    {
    }
}
