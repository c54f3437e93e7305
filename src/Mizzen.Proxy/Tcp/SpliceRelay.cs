using Mizzen.Proxy.Loop;

namespace Mizzen.Proxy.Tcp;

/// <summary>
/// Moves bytes between two sockets through kernel pipes, both ways, with half-close: the end of one direction is passed on and the
/// other direction lives on until it ends too.
/// </summary>
internal sealed unsafe class SpliceRelay : IRelay
{
    // 16 pages is what a pipe holds by default; asking for more moves no more.
    private const int Piece = 64 * 1024;

    // After this much in one turn the other connections of the loop get theirs.
    private const int PiecesPerTurn = 16;

    private readonly EventLoop _loop;
    private readonly PipePool _pipes;
    private readonly RelaySide _client;
    private readonly RelaySide _server;
    private readonly LoopTimer _idle;
    private readonly long _idleMilliseconds;
    private readonly Action<IRelay> _onEnded;
    private bool _ended;

    /// <summary>Takes over both sockets, which must be connected and non-blocking.</summary>
    public SpliceRelay(EventLoop loop, PipePool pipes, int client, int server, long idleMilliseconds, Action<IRelay> onEnded)
    {
        _loop = loop;
        _pipes = pipes;
        _idleMilliseconds = idleMilliseconds;
        _onEnded = onEnded;
        _idle = new LoopTimer(End);
        _client = new RelaySide(this, client) { IsWritable = true };
        _server = new RelaySide(this, server) { IsWritable = true };
    }

    /// <summary>Bytes from the client.</summary>
    public long ClientBytes => _client.Received;

    /// <summary>Bytes from the server.</summary>
    public long ServerBytes => _server.Received;

    /// <summary>Starts, with bytes of the client that were read already to see what they are.</summary>
    public void Start(ReadOnlySpan<byte> unread)
    {
        if (!unread.IsEmpty && !TryPrime(unread))
        {
            End();
            return;
        }

        _loop.Register(_client, _client.Descriptor);
        _loop.Register(_server, _server.Descriptor);
        ArmIdle();
    }

    /// <summary>Moves what can be moved in both directions.</summary>
    public void Pump()
    {
        if (_ended)
        {
            return;
        }

        var before = _client.Received + _server.Received;
        if (!Pump(_client, _server) || !Pump(_server, _client))
        {
            End();
            return;
        }

        if (_client.EndSent && _server.EndSent)
        {
            End();
        }
        else if (before != _client.Received + _server.Received)
        {
            ArmIdle();
        }
    }

    /// <summary>Ends both sides.</summary>
    public void End()
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        _loop.Disarm(_idle);
        Close(_client);
        Close(_server);
        _onEnded(this);
    }

    private bool TryPrime(ReadOnlySpan<byte> unread)
    {
        if (!_pipes.TryRent(out var read, out var write))
        {
            return false;
        }

        _client.PipeRead = read;
        _client.PipeWrite = write;
        fixed (byte* pointer = unread)
        {
            var written = (int)Syscalls.Write(write, pointer, (nuint)unread.Length);
            _client.InPipe = Math.Max(0, written);
            _client.Received = _client.InPipe;
            return written == unread.Length;
        }
    }

    /// <summary>One direction; false when either socket is broken.</summary>
    private bool Pump(RelaySide from, RelaySide to)
    {
        for (var pieces = 0; pieces < PiecesPerTurn; pieces++)
        {
            if (from.InPipe == 0 && from.IsReadable && !from.HasEnded && !Fill(from))
            {
                return false;
            }

            if (from.InPipe == 0)
            {
                ReleasePipe(from);
                PassEnd(from, to);
                return true;
            }

            if (!to.IsWritable)
            {
                return true;
            }

            if (!Drain(from, to))
            {
                return false;
            }
        }

        _loop.Defer(from);
        return true;
    }

    private bool Fill(RelaySide from)
    {
        if (from.PipeRead < 0)
        {
            if (!_pipes.TryRent(out var read, out var write))
            {
                return false;
            }

            from.PipeRead = read;
            from.PipeWrite = write;
        }

        var moved = Syscalls.Splice(from.Descriptor, null, from.PipeWrite, null, Piece, Linux.SpliceMove | Linux.SpliceNonBlocking);
        if (moved > 0)
        {
            from.InPipe = (int)moved;
            from.Received += moved;
            return true;
        }

        if (moved == 0)
        {
            from.HasEnded = true;
            return true;
        }

        if (Syscalls.Errno is Linux.Again)
        {
            from.IsReadable = false;
            return true;
        }

        return Syscalls.Errno == Linux.Interrupted;
    }

    private static bool Drain(RelaySide from, RelaySide to)
    {
        var moved = Syscalls.Splice(from.PipeRead, null, to.Descriptor, null, (nuint)from.InPipe, Linux.SpliceMove | Linux.SpliceNonBlocking);
        if (moved > 0)
        {
            from.InPipe -= (int)moved;
            return true;
        }

        if (moved < 0 && Syscalls.Errno == Linux.Again)
        {
            to.IsWritable = false;
            return true;
        }

        return moved < 0 && Syscalls.Errno == Linux.Interrupted;
    }

    private static void PassEnd(RelaySide from, RelaySide to)
    {
        if (from.HasEnded && !to.EndSent)
        {
            to.EndSent = true;
            _ = Syscalls.Shutdown(to.Descriptor, Linux.ShutdownWrite);
        }
    }

    private void ReleasePipe(RelaySide side)
    {
        if (side.PipeRead >= 0)
        {
            _pipes.Return(side.PipeRead, side.PipeWrite);
            side.PipeRead = -1;
            side.PipeWrite = -1;
        }
    }

    private void Close(RelaySide side)
    {
        if (side.InPipe > 0)
        {
            PipePool.Close(side.PipeRead, side.PipeWrite);
            side.PipeRead = -1;
        }

        ReleasePipe(side);
        _loop.Unregister(side);
        _ = Syscalls.Close(side.Descriptor);
    }

    private void ArmIdle()
    {
        if (_idleMilliseconds > 0)
        {
            _loop.Arm(_idle, _idleMilliseconds);
        }
    }
}
