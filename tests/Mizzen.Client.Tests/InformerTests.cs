using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Mizzen.Resources.Core;
using Mizzen.Testing;
using static Mizzen.Client.Tests.ScriptedApi;

namespace Mizzen.Client.Tests;

public sealed class InformerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_lists_then_follows()
    {
        await using var api = await StartAsync();
        api.List = () => ([ConfigMap("a", "3")], "5");
        api.Watch = async (context, _) =>
        {
            await SendAsync(context, "ADDED", ConfigMap("b", "6"));
            await SendAsync(context, "MODIFIED", ConfigMap("a", "7"));
            await SendAsync(context, "DELETED", ConfigMap("b", "8"));
            await StayOpenAsync(context);
        };
        await using var running = new Running(api);

        await running.HeardAsync("+a@3", "+b@6", "a@7", "-b@6");
        Assert.Equal(["5"], api.Watches);
        Assert.Equal("7", running.Informer.Find("default", "a")?.Metadata.ResourceVersion);
        Assert.Null(running.Informer.Find("default", "b"));
    }

    [Fact]
    public async Task A_watch_that_breaks_or_ends_goes_on_where_it_was()
    {
        await using var api = await StartAsync();
        var told = new TaskCompletionSource();
        api.Watch = async (context, version) =>
        {
            switch (version)
            {
                case "1":
                    await SendAsync(context, "ADDED", ConfigMap("a", "2"));
                    await told.Task;
                    context.Abort();
                    break;
                case "2":
                    await SendAsync(context, "BOOKMARK", ConfigMap("", "9"));
                    break;
                default:
                    await StayOpenAsync(context);
                    break;
            }
        };
        await using var running = new Running(api);

        await running.HeardAsync("+a@2");
        told.SetResult();
        await Eventually.HoldsAsync(() => api.Watches.Count() == 3, "the watch is taken up again twice", Token);
        Assert.Equal(["1", "2", "9"], api.Watches);
        Assert.Equal(1, api.Lists);
    }

    [Fact]
    public async Task When_the_version_is_too_old_it_lists_again_and_tells_what_it_missed()
    {
        await using var api = await StartAsync();
        api.List = () => api.Lists == 1 ? ([ConfigMap("gone", "1"), ConfigMap("kept", "2"), ConfigMap("edited", "3")], "5") : ([ConfigMap("kept", "2"), ConfigMap("edited", "8"), ConfigMap("new", "7")], "9");
        api.Watch = async (context, version) =>
        {
            if (version == "5")
            {
                await SendExpiredAsync(context);
                return;
            }

            await StayOpenAsync(context);
        };
        await using var running = new Running(api);

        await running.HeardAsync("+gone@1", "+kept@2", "+edited@3", "edited@8", "+new@7", "-gone@1");
        Assert.Equal(["5", "9"], api.Watches);
    }

    [Fact]
    public async Task Another_object_under_the_same_name_is_told_as_one_gone_and_one_new()
    {
        await using var api = await StartAsync();
        api.List = () => ([ConfigMap("a", api.Lists == 1 ? "2" : "7", uid: api.Lists == 1 ? "first" : "second")], "5");
        api.Watch = (context, _) => api.Lists == 1 ? SendExpiredAsync(context) : StayOpenAsync(context);
        await using var running = new Running(api);

        await running.HeardAsync("+a@2", "-a@2", "+a@7");
    }

    [Fact]
    public async Task What_it_cannot_understand_does_not_end_it()
    {
        await using var api = await StartAsync();
        api.Watch = async (context, _) =>
        {
            var first = api.Watches.Count() == 1;
            await SendAsync(context, first ? "EXPLODED" : "ADDED", ConfigMap("a", "2"));
            await StayOpenAsync(context);
        };
        await using var running = new Running(api);

        await running.HeardAsync("+a@2");
    }

    [Fact]
    public async Task A_server_that_ends_every_watch_at_once_is_not_asked_without_pause()
    {
        await using var api = await StartAsync();
        api.Watch = (_, _) => Task.CompletedTask;
        var clock = new FakeTimeProvider();
        await using var running = new Running(api, clock);

        await Eventually.HoldsAsync(() => api.Watches.Count() == 1, "the first watch", Token);
        Assert.Empty((await api.Client().ListAsync<ConfigMap>(null, null, Token)).Items);
        Assert.Single(api.Watches);

        // Every pause is at most twice the one before; the clock is moved until the next attempt is made.
        await Eventually.HoldsAsync(
            () =>
            {
                clock.Advance(TimeSpan.FromMilliseconds(50));
                return api.Watches.Count() >= 3;
            },
            "further watches",
            Token);
    }

    [Fact]
    public async Task A_server_that_comes_back_is_found_again()
    {
        await using var api = await StartAsync();
        var refuse = true;
        api.List = () => refuse ? throw new InvalidOperationException("not now") : ([ConfigMap("a", "2")], "5");
        await using var running = new Running(api);

        await Eventually.HoldsAsync(() => api.Lists > 1, "it tries again", Token);
        Assert.False(running.Informer.IsSynced);
        refuse = false;
        await running.Informer.WaitForSyncAsync(Token);
        await running.HeardAsync("+a@2");
    }

    /// <summary>An informer at work, and what it told.</summary>
    private sealed class Running : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        private readonly ConcurrentQueue<string> _heard = new();
        private readonly Task _task;

        public Running(ScriptedApi api, TimeProvider? clock = null)
        {
            Informer = new Informer<ConfigMap>(api.Client(), null, null, NullLogger.Instance, clock ?? TimeProvider.System);
            Informer.Changed += change => _heard.Enqueue(
                $"{(change.Old is null ? "+" : change.New is null ? "-" : "")}{change.Object.Metadata.Name}@{change.Object.Metadata.ResourceVersion}");
            _task = Informer.RunAsync(_stop.Token);
        }

        public Informer<ConfigMap> Informer { get; }

        public async Task HeardAsync(params string[] expected)
        {
            await Eventually.HoldsAsync(() => _heard.Count >= expected.Length, $"{expected.Length} changes; heard {string.Join(' ', _heard)}", Token);
            Assert.Equal(expected, _heard);
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _task;
            _stop.Dispose();
        }
    }
}
