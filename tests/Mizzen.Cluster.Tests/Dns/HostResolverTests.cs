using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Mizzen.Cluster.Dns;
using Mizzen.Dns;
using Mizzen.Testing;

namespace Mizzen.Cluster.Tests.Dns;

public sealed class HostResolverTests
{
    private readonly FakeTimeProvider _clock = new();
    private int _lookups;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_hanging_resolver_is_given_up_on_and_not_asked_again_at_once()
    {
        var resolver = Resolver(() => new TaskCompletionSource<IPAddress[]>().Task);
        var answer = resolver.ResolveAsync("example.com", Token);
        await Eventually.HoldsAsync(() => _lookups == 1, "it is asked", Token);

        _clock.Advance(HostResolver.Patience);

        Assert.Equal(DnsCode.ServerFailure, (await answer).Code);
        Assert.Equal(DnsCode.ServerFailure, (await resolver.ResolveAsync("example.com", Token)).Code);
        Assert.Equal(1, _lookups);
    }

    [Fact]
    public async Task More_names_than_may_hang_at_once_fail_without_waiting()
    {
        var resolver = Resolver(() => new TaskCompletionSource<IPAddress[]>().Task);
        var hanging = Enumerable.Range(0, 16).Select(i => resolver.ResolveAsync($"host-{i}.example", Token)).ToList();

        Assert.Equal(DnsCode.ServerFailure, (await resolver.ResolveAsync("one-more.example", Token)).Code);
        Assert.All(hanging, answer => Assert.False(answer.IsCompleted));
    }

    [Fact]
    public async Task An_answer_is_remembered_as_long_as_it_says()
    {
        var resolver = Resolver(() => Task.FromResult<IPAddress[]>([IPAddress.Parse("192.0.2.1")]));

        await resolver.ResolveAsync("example.com", Token);
        await resolver.ResolveAsync("example.com", Token);
        Assert.Equal(1, _lookups);
        _clock.Advance(TimeSpan.FromSeconds(HostResolver.TimeToLive));
        await resolver.ResolveAsync("example.com", Token);

        Assert.Equal(2, _lookups);
    }

    [Theory]
    [InlineData(SocketError.HostNotFound, 3)]
    [InlineData(SocketError.NoData, 0)]
    [InlineData(SocketError.TryAgain, 2)]
    public async Task What_the_host_says_becomes_a_code(SocketError error, int code) =>
        Assert.Equal((DnsCode)code, (await Resolver(() => throw new SocketException((int)error)).ResolveAsync("example.com", Token)).Code);

    [Theory]
    [InlineData("")]
    [InlineData("10.0.0.1")]
    [InlineData("with?strange.bytes")]
    public async Task What_is_no_name_of_a_host_is_not_asked_for(string name)
    {
        Assert.Equal(DnsCode.NameError, (await Resolver(() => Task.FromResult<IPAddress[]>([])).ResolveAsync(name, Token)).Code);
        Assert.Equal(0, _lookups);
    }

    private HostResolver Resolver(Func<Task<IPAddress[]>> resolve) => new(
        (_, _) =>
        {
            Interlocked.Increment(ref _lookups);
            return resolve();
        },
        NullLogger.Instance,
        _clock);
}
