using CsCheck;
using Mizzen.Proxy.Loop;

namespace Mizzen.Proxy.Tests.Loop;

/// <summary>Timers fire at their time, once, in every order of arming, postponing and disarming.</summary>
public sealed class TimerWheelTests
{
    [Fact]
    public void Every_timer_fires_at_its_time_and_none_else_does()
    {
        var delays = Gen.OneOf(Gen.Long[1, 70], Gen.Long[1, 5000], Gen.Long[1, 40_000_000]);
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 9], delays).Array[1, 60].Sample(steps =>
        {
            var wheel = new TimerWheel();
            var now = 0L;
            var due = new Dictionary<int, long>();
            var fired = new List<int>();
            var timers = Enumerable.Range(0, 10).Select(i => new LoopTimer(() => fired.Add(i))).ToArray();
            foreach (var (kind, index, delay) in steps)
            {
                if (kind == 0)
                {
                    wheel.Arm(timers[index], now, delay);
                    due[index] = now + delay;
                }
                else if (kind == 1)
                {
                    wheel.Disarm(timers[index]);
                    due.Remove(index);
                }
                else
                {
                    now += delay;
                    fired.Clear();
                    wheel.Advance(now);
                    var expected = due.Where(entry => entry.Value <= now).Select(entry => entry.Key).Order().ToList();
                    if (!fired.Order().SequenceEqual(expected))
                    {
                        return false;
                    }

                    expected.ForEach(timer => due.Remove(timer));
                }

                var next = wheel.UntilNext(now);
                if (wheel.Count != due.Count || (due.Count > 0 && (next < 0 || next > due.Values.Min() - now)))
                {
                    return false;
                }
            }

            return true;
        });
    }
}
