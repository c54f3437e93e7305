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

    [Fact]
    public void Without_a_signal_nothing_happens() =>
        Assert.False(new Debounce(Quiet, Longest, TimeProvider.System).WaitAsync(TestContext.Current.CancellationToken).IsCompleted);
}
