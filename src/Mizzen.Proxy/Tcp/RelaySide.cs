using Mizzen.Proxy.Loop;

namespace Mizzen.Proxy.Tcp;

/// <summary>One socket of a relay, and what is known about it.</summary>
internal sealed class RelaySide(SpliceRelay relay, int descriptor) : Pollable
{
    public int Descriptor { get; } = descriptor;

    public bool IsReadable { get; set; }

    public bool IsWritable { get; set; }

    /// <summary>The peer has sent its end.</summary>
    public bool HasEnded { get; set; }

    /// <summary>Our end was sent to the peer.</summary>
    public bool EndSent { get; set; }

    /// <summary>Pipe with bytes read here and not yet written to the other side; -1 while there are none.</summary>
    public int PipeRead { get; set; } = -1;

    public int PipeWrite { get; set; } = -1;

    public int InPipe { get; set; }

    /// <summary>Bytes read from this side so far.</summary>
    public long Received { get; set; }

    public override void OnReady(uint events)
    {
        IsWritable |= (events & (Linux.EpollOut | Linux.EpollError | Linux.EpollHangUp)) != 0;
        IsReadable |= (events & (Linux.EpollIn | Linux.EpollReadHangUp | Linux.EpollHangUp | Linux.EpollError)) != 0;
        relay.Pump();
    }

    public override void OnDeferred() => relay.Pump();
}
