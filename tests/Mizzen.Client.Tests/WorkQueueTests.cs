using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Mizzen.Resources.Meta;
using Mizzen.Testing;

namespace Mizzen.Client.Tests;

public sealed class WorkQueueTests
{
    private readonly FakeTimeProvider _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_is_there_once_however_often_it_was_added()
    {
        var queue = new WorkQueue<string>(_clock);
        queue.Add("a");
        queue.Add("a");
        queue.Add("b");

        Assert.Equal("a", await queue.TakeAsync(Token));
        Assert.Equal("b", await queue.TakeAsync(Token));
        Assert.True(IsEmpty(queue));
    }

    [Fact]
    public async Task A_key_that_is_added_while_it_is_worked_on_comes_again_afterwards()
    {
        var queue = new WorkQueue<string>(_clock);
        queue.Add("a");
        await queue.TakeAsync(Token);
        queue.Add("a");
        queue.Add("b");

        Assert.Equal("b", await queue.TakeAsync(Token));
        queue.Done("a");
        Assert.Equal("a", await queue.TakeAsync(Token));
    }

    [Fact]
    public async Task A_key_that_fails_comes_again_later_each_time()
    {
        var queue = new WorkQueue<string>(_clock);
        queue.Add("a");
        foreach (var longest in new[] { 20, 40, 80, 160, 320 })
        {
            Assert.Equal("a", await queue.TakeAsync(Token));
            queue.Failed("a");
            _clock.Advance(TimeSpan.FromMilliseconds((longest / 2) - 1));
            Assert.True(IsEmpty(queue), $"came again before {longest / 2} ms");
            _clock.Advance(TimeSpan.FromMilliseconds((longest / 2) + 1));
        }

        Assert.Equal("a", await queue.TakeAsync(Token));
    }

    [Fact]
    public async Task A_success_forgets_the_failures()
    {
        var queue = new WorkQueue<string>(_clock);
        queue.Add("a");
        for (var i = 0; i < 6; i++)
        {
            await queue.TakeAsync(Token);
            queue.Failed("a");
            _clock.Advance(TimeSpan.FromSeconds(2));
        }

        await queue.TakeAsync(Token);
        queue.Done("a");
        queue.Add("a");
        await queue.TakeAsync(Token);
        queue.Failed("a");
        _clock.Advance(TimeSpan.FromMilliseconds(20));
        Assert.Equal("a", await queue.TakeAsync(Token));
    }

    [Fact]
    public async Task A_key_for_later_comes_when_its_time_has_come()
    {
        var queue = new WorkQueue<string>(_clock);
        queue.AddAfter("late", TimeSpan.FromSeconds(5));
        queue.AddAfter("now", TimeSpan.Zero);

        Assert.Equal("now", await queue.TakeAsync(Token));
        _clock.Advance(TimeSpan.FromSeconds(4));
        Assert.True(IsEmpty(queue));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("late", await queue.TakeAsync(Token));
    }

    [Fact]
    public async Task A_loop_tries_again_what_failed_and_goes_on_with_the_rest()
    {
        var failures = 0;
        var done = new List<string>();
        var loop = new ReconcileLoop<string>(
            "test",
            (key, _) =>
            {
                if (key == "flaky" && failures++ < 2)
                {
                    throw failures == 1 ? new InvalidOperationException("no") : new ApiException(409, new Status { Message = "changed" });
                }

                done.Add(key);
                return Task.CompletedTask;
            },
            NullLogger.Instance,
            _clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var running = loop.RunAsync(stop.Token);
        loop.Queue.Add("flaky");
        loop.Queue.Add("steady");

        await Eventually.HoldsAsync(
            () =>
            {
                _clock.Advance(TimeSpan.FromMilliseconds(20));
                return done.Count == 2;
            },
            "both are done",
            Token);
        await stop.CancelAsync();
        await running;
        Assert.Equal(["steady", "flaky"], done);
    }

    [Fact]
    public void Pauses_double_up_to_the_longest()
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
        foreach (var longest in new[] { 1, 2, 4, 5, 5 })
        {
            Assert.InRange(backoff.Next().TotalSeconds, longest / 2.0, longest);
        }

        backoff.Reset();
        Assert.InRange(backoff.Next().TotalSeconds, 0.5, 1);
    }

    private static bool IsEmpty(WorkQueue<string> queue)
    {
        using var probe = new CancellationTokenSource();
        var take = queue.TakeAsync(probe.Token).AsTask();
        var empty = !take.IsCompleted;
        probe.Cancel();
        return empty;
    }
}
