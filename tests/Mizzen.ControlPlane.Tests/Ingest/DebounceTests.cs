using Microsoft.Extensions.Time.Testing;
using Mizzen.ControlPlane.Ingest;
using Mizzen.Testing;

namespace Mizzen.ControlPlane.Tests.Ingest;

/// <summary>Bursts of changes become one snapshot, soon.</summary>
public sealed class DebounceTests
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task A_signal_is_answered_after_a_time_of_quiet()
    {
        var clock = new FakeTimeProvider();
        var debounce = new Debounce(Quiet, Longest, clock);
        debounce.Signal();
        var wait = debounce.WaitAsync(TestContext.Current.CancellationToken);

        Assert.False(wait.IsCompleted);
        await Eventually.HoldsAsync(
            () =>
            {
                clock.Advance(Quiet);
                return wait.IsCompleted;
            },
            "the burst is over",
            TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_burst_without_end_is_answered_all_the_same()
    {
        var debounce = new Debounce(Quiet, Longest, TimeProvider.System);
        debounce.Signal();
        var wait = debounce.WaitAsync(TestContext.Current.CancellationToken);

        await Eventually.HoldsAsync(
            () =>
            {
                debounce.Signal();
                return wait.IsCompleted;
            },
            "the limit ends the wait",
            TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("a change that costs little", true, 1, 10)]
    [InlineData("what somebody waits for is spaced by the cost", true, 40, 40)]
    [InlineData("and never by more than three limits", true, 5_000, 300)]
    [InlineData("endpoints are spaced by five times the cost", false, 40, 200)]
    [InlineData("and never by more than six limits", false, 5_000, 600)]
    public async Task Changes_that_follow_each_other_are_spaced_by_what_they_cost(string what, bool isUrgent, int cost, int expected)
    {
        var clock = new FakeTimeProvider();
        var debounce = new Debounce(Quiet, Longest, clock);
        await TimedAsync(debounce, clock, isUrgent);
        debounce.Space(TimeSpan.FromMilliseconds(cost));

        Assert.True(await TimedAsync(debounce, clock, isUrgent) == expected, what);

        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await TimedAsync(debounce, clock, isUrgent) == 10, "after a calm the next change is not held up");
    }

    [Fact]
    public async Task What_somebody_waits_for_takes_waiting_endpoints_along()
    {
        var clock = new FakeTimeProvider();
        var debounce = new Debounce(Quiet, Longest, clock);
        await TimedAsync(debounce, clock, isUrgent: true);
        debounce.Space(TimeSpan.FromMilliseconds(100));
        debounce.SignalPatiently();
        var wait = debounce.WaitAsync(TestContext.Current.CancellationToken);
        for (var i = 0; i < 200; i++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.False(wait.IsCompleted);
        debounce.Signal();
        await wait.WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken);

        Assert.False(debounce.WaitAsync(TestContext.Current.CancellationToken).IsCompleted, "both were one burst");
    }

    // Milliseconds from a signal to the end of its burst. Delays of a clock that stands still are armed before the method returns.
    private static async Task<int> TimedAsync(Debounce debounce, FakeTimeProvider clock, bool isUrgent)
    {
        (isUrgent ? (Action)debounce.Signal : debounce.SignalPatiently)();
        var wait = debounce.WaitAsync(TestContext.Current.CancellationToken);
        var passed = 0;
        while (!wait.IsCompleted)
        {
            clock.Advance(TimeSpan.FromMilliseconds(1));
            passed++;
        }

        await wait;
        return passed;
    }

    [Fact]
    public void Without_a_signal_nothing_happens() =>
        Assert.False(new Debounce(Quiet, Longest, TimeProvider.System).WaitAsync(TestContext.Current.CancellationToken).IsCompleted);
}
