using System.Numerics;

namespace Mizzen.Proxy.Loop;

/// <summary>
/// Hierarchical timer wheel: five levels of 64 slots, one millisecond at the bottom, twelve days at the top.
/// Arm, postpone and disarm are constant time; empty slots are skipped by bitmap.
/// </summary>
internal sealed class TimerWheel
{
    private const int LevelBits = 6;
    private const int SlotCount = 1 << LevelBits;
    private const int SlotMask = SlotCount - 1;
    private const int LevelCount = 5;
    private const long LongestDelay = (1L << (LevelBits * LevelCount)) - 1;

    private readonly LoopTimer?[] _slots = new LoopTimer?[LevelCount * SlotCount];
    private readonly ulong[] _occupied = new ulong[LevelCount];
    private long _current;

    public int Count { get; private set; }

    /// <summary>Arms or re-arms: due in <paramref name="delay"/> milliseconds (at least one) after <paramref name="now"/>.</summary>
    public void Arm(LoopTimer timer, long now, long delay)
    {
        var due = Math.Max(now, _current) + Math.Clamp(delay, 1, LongestDelay);
        timer.Due = due;
        if (timer.IsArmed)
        {
            // Postponing (the usual case: an idle timeout moved on by traffic) only changes the due time; the slot corrects it.
            if (due >= timer.Scheduled)
            {
                return;
            }

            Unlink(timer);
        }

        timer.IsArmed = true;
        Count++;
        Link(timer);
    }

    public void Disarm(LoopTimer timer)
    {
        if (timer.IsArmed)
        {
            Unlink(timer);
            timer.IsArmed = false;
        }
    }

    /// <summary>Milliseconds from <paramref name="now"/> until a slot has to be looked at, -1 when there is none.</summary>
    public long UntilNext(long now)
    {
        var next = NextSlotTime();
        return next == long.MaxValue ? -1 : Math.Max(0, next - now);
    }

    /// <summary>Fires what is due at <paramref name="now"/>.</summary>
    public void Advance(long now)
    {
        while (true)
        {
            var next = NextSlotTime();
            if (next > now)
            {
                _current = Math.Max(_current, now);
                return;
            }

            _current = next;
            for (var level = LevelCount - 1; level > 0; level--)
            {
                Cascade(level);
            }

            FireSlot((int)(_current & SlotMask));
        }
    }

    private long NextSlotTime()
    {
        var next = long.MaxValue;
        for (var level = 0; level < LevelCount; level++)
        {
            var bits = _occupied[level];
            if (bits == 0)
            {
                continue;
            }

            var shift = LevelBits * level;
            var position = _current >> shift;
            var distance = BitOperations.TrailingZeroCount(BitOperations.RotateRight(bits, (int)((position + 1) & SlotMask)));
            next = Math.Min(next, (position + 1 + distance) << shift);
        }

        return next;
    }

    private void Cascade(int level)
    {
        var shift = LevelBits * level;
        if ((_current & ((1L << shift) - 1)) != 0)
        {
            return;
        }

        var index = (int)((_current >> shift) & SlotMask);
        while (_slots[(level << LevelBits) + index] is { } timer)
        {
            Unlink(timer);
            Count++;
            Link(timer);
        }
    }

    private void FireSlot(int index)
    {
        while (_slots[index] is { } timer)
        {
            Unlink(timer);
            if (timer.Due > _current)
            {
                Count++;
                Link(timer);
                continue;
            }

            timer.IsArmed = false;
            timer.Fire();
        }
    }

    private void Link(LoopTimer timer)
    {
        var delta = timer.Due - _current;
        var level = delta < SlotCount ? 0 : (63 - BitOperations.LeadingZeroCount((ulong)delta)) / LevelBits;
        var shift = LevelBits * level;
        var index = (int)((timer.Due >> shift) & SlotMask);
        timer.Level = level;
        timer.Index = index;
        timer.Scheduled = (timer.Due >> shift) << shift;
        ref var head = ref _slots[(level << LevelBits) + index];
        timer.Previous = null;
        timer.Next = head;
        head?.Previous = timer;
        head = timer;
        _occupied[level] |= 1UL << index;
    }

    private void Unlink(LoopTimer timer)
    {
        Count--;
        ref var head = ref _slots[(timer.Level << LevelBits) + timer.Index];
        if (timer.Previous is null)
        {
            head = timer.Next;
            if (head is null)
            {
                _occupied[timer.Level] &= ~(1UL << timer.Index);
            }
        }
        else
        {
            timer.Previous.Next = timer.Next;
        }

        timer.Next?.Previous = timer.Previous;
        timer.Next = null;
        timer.Previous = null;
    }
}
