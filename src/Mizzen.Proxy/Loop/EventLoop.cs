using System.Collections.Concurrent;
using System.Runtime.InteropServices;

using Mizzen.Proxy.Logging;

namespace Mizzen.Proxy.Loop;

/// <summary>
/// One thread, one epoll set, and everything that its connections need: timers, buffers, scratch space, a mailbox for other threads.
/// Whatever is registered here is touched by this thread only, so nothing below takes a lock.
/// </summary>
internal sealed unsafe class EventLoop : IDisposable
{
    private const int EventCapacity = 256;
    private const uint Interest = Linux.EpollIn | Linux.EpollOut | Linux.EpollReadHangUp | Linux.EpollEdgeTriggered;

    // struct epoll_event is packed on x86-64 only.
    private static readonly int EventStride = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int EventData = EventStride - 8;

    private readonly TimeProvider _clock;
    private readonly Logger _log;
    private readonly long _started;
    private readonly int _epoll;
    private readonly int _wake;
    private readonly byte* _events;
    private readonly ConcurrentQueue<LoopWork> _mailbox = new();
    private readonly List<int> _freedSlots = [];
    private readonly Stack<int> _freeSlots = new();
    private Pollable?[] _pollables = new Pollable?[64];
    private int _slotCount = 1;
    private DeferredTask? _firstDeferred;
    private DeferredTask? _lastDeferred;
    private int _wakePending;
    private bool _stopping;
    private Thread? _thread;

    /// <summary>Makes a loop.</summary>
    /// <param name="index">Its number, from 0.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="log">The log.</param>
    /// <param name="started">The clock's timestamp from which <see cref="Now"/> counts; null for now. Loops that share state count from the same.</param>
    public EventLoop(int index, TimeProvider clock, Logger log, long? started = null)
    {
        Index = index;
        _clock = clock;
        _log = log;
        _started = started ?? clock.GetTimestamp();
        _epoll = Syscalls.EpollCreate(Linux.SocketCloseOnExec);
        _wake = Syscalls.EventDescriptor(0, Linux.SocketNonBlocking | Linux.SocketCloseOnExec);
        if (_epoll < 0 || _wake < 0)
        {
            throw new InvalidOperationException($"cannot create an event loop: {Syscalls.Describe(Syscalls.Errno)}");
        }

        _events = (byte*)NativeMemory.AllocZeroed((nuint)(EventCapacity * EventStride));
        Watch(_wake, 0);
    }

    /// <summary>Number of this loop, from 0.</summary>
    public int Index { get; }

    /// <summary>Milliseconds since the loops were made, as of the start of this turn.</summary>
    public long Now { get; private set; }

    /// <summary>Clock ticks now (<see cref="TimeProvider.TimestampFrequency"/>), for durations that are reported.</summary>
    public long Timestamp => _clock.GetTimestamp();

    public TimeProvider Clock => _clock;

    /// <summary>For lines about connections.</summary>
    public Logger Log => _log;

    public BufferPool Buffers { get; } = new();

    public StagingBuffer Staging { get; } = new();

    /// <summary>Received bytes land here first; the content is valid until the callback that got it returns.</summary>
    public byte[] ReceiveScratch { get; } = GC.AllocateUninitializedArray<byte>(BufferPool.Largest, pinned: true);

    /// <summary>Decrypted bytes land here first; valid as long as <see cref="ReceiveScratch"/>. Made when the loop's first TLS session needs it.</summary>
    public byte[] PlainScratch => field ??= GC.AllocateUninitializedArray<byte>(BufferPool.Largest, pinned: true);

    public TimerWheel Timers { get; } = new();

    /// <summary>Descriptors now watched.</summary>
    public int Registered => _slotCount - 1 - _freeSlots.Count - _freedSlots.Count;

    /// <summary>Starts the thread.</summary>
    public void Start()
    {
        _thread = new Thread(Run, maxStackSize: 512 * 1024) { IsBackground = true, Name = $"loop-{Index}" };
        _thread.Start();
    }

    /// <summary>Runs <paramref name="run"/> on the loop's thread in one of its next turns. Callable from any thread.</summary>
    public void Post(Action<object?> run, object? state)
    {
        _mailbox.Enqueue(new LoopWork(run, state));
        if (Interlocked.Exchange(ref _wakePending, 1) == 0)
        {
            var one = 1UL;
            Syscalls.Write(_wake, &one, 8);
        }
    }

    /// <summary>Ends the thread after the current turn and waits for it. Callable from any thread but the loop's.</summary>
    public void Stop()
    {
        Post(static state => ((EventLoop)state!)._stopping = true, this);
        _thread?.Join();
    }

    /// <summary>Watches a non-blocking descriptor for readable, writable and hang-up, edge-triggered, until it is closed.</summary>
    public void Register(Pollable pollable, int descriptor)
    {
        if (!_freeSlots.TryPop(out var slot))
        {
            slot = _slotCount++;
            if (slot == _pollables.Length)
            {
                Array.Resize(ref _pollables, slot * 2);
            }
        }

        _pollables[slot] = pollable;
        pollable.Slot = slot;
        Watch(descriptor, slot);
    }

    /// <summary>Forgets a descriptor that is about to be closed. Its slot is reused in the next turn only, so events of this turn cannot reach a stranger.</summary>
    public void Unregister(Pollable pollable)
    {
        if (pollable.Slot > 0)
        {
            _pollables[pollable.Slot] = null;
            _freedSlots.Add(pollable.Slot);
            pollable.Slot = -1;
        }
    }

    /// <summary>Stops watching a descriptor that stays open in other hands.</summary>
    public void Unwatch(int descriptor) => _ = Syscalls.EpollControl(_epoll, Linux.EpollDelete, descriptor, null);

    /// <summary>Calls <see cref="DeferredTask.OnDeferred"/> at the end of this turn.</summary>
    public void Defer(DeferredTask task)
    {
        if (task.IsDeferred)
        {
            return;
        }

        task.IsDeferred = true;
        task.NextDeferred = null;
        if (_lastDeferred is null)
        {
            _firstDeferred = task;
        }
        else
        {
            _lastDeferred.NextDeferred = task;
        }

        _lastDeferred = task;
    }

    public void Arm(LoopTimer timer, long milliseconds) => Timers.Arm(timer, Now, milliseconds);

    public void Disarm(LoopTimer timer) => Timers.Disarm(timer);

    /// <inheritdoc/>
    public void Dispose()
    {
        _ = Syscalls.Close(_epoll);
        _ = Syscalls.Close(_wake);
        NativeMemory.Free(_events);
    }

    private void Run()
    {
        Syscalls.PrepareThread();
        var lastBatch = 0;
        while (!_stopping)
        {
            lastBatch = Wait(lastBatch);
            Now = (long)_clock.GetElapsedTime(_started).TotalMilliseconds;
            for (var i = 0; i < lastBatch; i++)
            {
                var entry = _events + (i * EventStride);
                var slot = (int)*(ulong*)(entry + EventData);
                if (slot == 0)
                {
                    DrainWake();
                }
                else if (_pollables[slot] is { } pollable)
                {
                    pollable.OnReady(*(uint*)entry);
                    Staging.Flush();
                }
            }

            Timers.Advance(Now);
            Staging.Flush();
            RunMailbox();
            RunDeferred();
            foreach (var slot in _freedSlots)
            {
                _freeSlots.Push(slot);
            }

            _freedSlots.Clear();
        }
    }

    private int Wait(int lastBatch)
    {
        if (_firstDeferred is not null)
        {
            return Math.Max(0, Syscalls.EpollPoll(_epoll, _events, EventCapacity, 0));
        }

        // Under load another batch is usually there already; asking without blocking saves the transition. At a low rate it would
        // only be one system call more per wake-up, hence only after a batch of several.
        if (lastBatch > 1)
        {
            var ready = Syscalls.EpollPoll(_epoll, _events, EventCapacity, 0);
            if (ready > 0)
            {
                return ready;
            }
        }

        var timeout = Timers.UntilNext((long)_clock.GetElapsedTime(_started).TotalMilliseconds);
        return Math.Max(0, Syscalls.EpollWait(_epoll, _events, EventCapacity, (int)Math.Min(timeout, int.MaxValue)));
    }

    private void RunMailbox()
    {
        while (_mailbox.TryDequeue(out var work))
        {
            try
            {
                work.Run(work.State);
            }
            catch (Exception error) when (error is InvalidOperationException or ArgumentException)
            {
                _log.Error($"posted work failed: {error}");
            }

            Staging.Flush();
        }
    }

    private void RunDeferred()
    {
        // Only what was queued when the round began: a task that defers itself again runs in the next turn, after new events.
        var task = _firstDeferred;
        _firstDeferred = null;
        _lastDeferred = null;
        while (task is not null)
        {
            var next = task.NextDeferred;
            task.NextDeferred = null;
            task.IsDeferred = false;
            task.OnDeferred();
            Staging.Flush();
            task = next;
        }
    }

    private void DrainWake()
    {
        ulong count;
        Syscalls.Read(_wake, &count, 8);
        Volatile.Write(ref _wakePending, 0);
    }

    private void Watch(int descriptor, int slot)
    {
        var entry = stackalloc byte[16];
        *(uint*)entry = Interest;
        *(ulong*)(entry + EventData) = (ulong)slot;
        if (Syscalls.EpollControl(_epoll, Linux.EpollAdd, descriptor, entry) < 0)
        {
            throw new InvalidOperationException($"cannot watch descriptor {descriptor}: {Syscalls.Describe(Syscalls.Errno)}");
        }
    }
}
