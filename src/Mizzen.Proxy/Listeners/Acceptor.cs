using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Listeners;

/// <summary>A listening socket on a loop.</summary>
internal sealed unsafe class Acceptor : Pollable
{
    // A burst of connections must not hold up the requests of those that are there.
    private const int PerTurn = 32;

    // When the process is out of descriptors no event will tell that there are some again.
    private const int RetryMilliseconds = 100;

    private readonly EventLoop _loop;
    private readonly Action<int, NetAddress> _onAccepted;
    private readonly Func<bool> _isHeld;
    private readonly LoopTimer _retry;
    private int _descriptor;

    /// <summary>Takes over a listening, non-blocking socket.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="descriptor">The socket.</param>
    /// <param name="onAccepted">Gets each connection.</param>
    /// <param name="isHeld">Whether connections are to wait in the kernel's queue for now.</param>
    public Acceptor(EventLoop loop, int descriptor, Action<int, NetAddress> onAccepted, Func<bool> isHeld)
    {
        _isHeld = isHeld;
        _loop = loop;
        _descriptor = descriptor;
        _onAccepted = onAccepted;
        _retry = new LoopTimer(() => AcceptUpTo(PerTurn));
        loop.Register(this, descriptor);
    }

    /// <summary>The socket; below 0 when it listens no more.</summary>
    public int Socket => _descriptor;

    public override void OnReady(uint events) => AcceptUpTo(PerTurn);

    public override void OnDeferred() => AcceptUpTo(PerTurn);

    /// <summary>Takes what waits already, then listens no more.</summary>
    public void Close()
    {
        AcceptUpTo(int.MaxValue);
        _loop.Disarm(_retry);
        _loop.Unregister(this);
        _ = Syscalls.Close(_descriptor);
        _descriptor = -1;
    }

    private void AcceptUpTo(int limit)
    {
        if (_isHeld() && limit == PerTurn)
        {
            _loop.Arm(_retry, RetryMilliseconds);
            return;
        }

        var address = stackalloc byte[NetAddress.LargestSocketAddress];
        for (var i = 0; i < limit && _descriptor >= 0; i++)
        {
            var length = NetAddress.LargestSocketAddress;
            var accepted = Syscalls.Accept(_descriptor, address, &length, Linux.SocketNonBlocking | Linux.SocketCloseOnExec);
            if (accepted >= 0)
            {
                _ = SocketOptions.Set(accepted, Linux.LevelTcp, Linux.NoDelay, 1);
                _onAccepted(accepted, NetAddress.FromSocketAddress(new ReadOnlySpan<byte>(address, NetAddress.LargestSocketAddress)));
                continue;
            }

            switch (Syscalls.Errno)
            {
                case Linux.Interrupted or Linux.ConnectionAborted:
                    continue;
                case Linux.ProcessFiles or Linux.SystemFiles or Linux.NoBuffers or Linux.NoMemory:
                    _loop.Arm(_retry, RetryMilliseconds);
                    return;
                default:
                    return;
            }
        }

        if (_descriptor >= 0)
        {
            _loop.Defer(this);
        }
    }
}
