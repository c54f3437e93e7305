using Microsoft.Extensions.Time.Testing;
using Mizzen.ControlPlane.Push;

namespace Mizzen.ControlPlane.Tests.Push;

public sealed class PushThrottleTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task So_many_are_written_at_once_and_no_more()
    {
        using var throttle = new PushThrottle(2, TimeSpan.FromSeconds(1), _clock);
        var pushes = Enumerable.Range(0, 4).Select(_ => new Push(throttle)).ToList();

        Assert.Equal([true, true, false, false], pushes.Select(push => push.HasBegun));
        pushes[1].Finish();
        await pushes[1].Whole;
        await pushes[2].Begun;
        Assert.False(pushes[3].HasBegun);
    }

    [Fact]
    public async Task A_slow_proxy_gives_its_place_away_and_is_written_to_all_the_same()
    {
        using var throttle = new PushThrottle(1, TimeSpan.FromSeconds(1), _clock);
        var (slow, next) = (new Push(throttle), new Push(throttle));
        Assert.False(next.HasBegun);

        _clock.Advance(TimeSpan.FromSeconds(1));
        await next.Begun;
        Assert.False(slow.Whole.IsCompleted);
        slow.Finish();
        await slow.Whole;
    }

    [Fact]
    public async Task What_goes_wrong_is_the_writers_and_frees_the_place()
    {
        using var throttle = new PushThrottle(1, TimeSpan.FromSeconds(1), _clock);
        await Assert.ThrowsAsync<IOException>(() => throttle.RunAsync(() => Task.FromException(new IOException("reset")), TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<IOException>(() => throttle.RunAsync(() => throw new IOException("reset"), TestContext.Current.CancellationToken));
        Assert.True(new Push(throttle).HasBegun);
    }

    private sealed class Push
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Push(PushThrottle throttle)
        {
            Whole = throttle.RunAsync(
                () =>
                {
                    _begun.SetResult();
                    return _written.Task;
                },
                TestContext.Current.CancellationToken);
        }

        public Task Whole { get; }

        public Task Begun => _begun.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        public bool HasBegun => _begun.Task.IsCompleted;

        public void Finish() => _written.SetResult();
    }
}
