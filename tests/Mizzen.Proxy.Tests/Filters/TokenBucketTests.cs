using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Tests.Filters;

public sealed class TokenBucketTests
{
    [Fact]
    public void It_begins_full_and_fills_up_with_time_but_never_beyond()
    {
        var bucket = new TokenBucket(most: 3, perFill: 2, interval: 100);
        Assert.Equal(3, Taken(bucket, 1_000));
        Assert.Equal(0, Taken(bucket, 1_099));
        Assert.Equal(2, Taken(bucket, 1_100));
        Assert.Equal(3, Taken(bucket, 9_999));
    }

    [Fact]
    public async Task Threads_never_take_more_than_there_is()
    {
        var bucket = new TokenBucket(most: 10_000, perFill: 1, interval: 1_000_000);
        var takers = Enumerable.Range(0, 4).Select(_ => Task.Run(() => Taken(bucket, 5)));
        Assert.Equal(10_000, (await Task.WhenAll(takers)).Sum());
    }

    private static int Taken(TokenBucket bucket, long now)
    {
        var taken = 0;
        while (bucket.TryTake(now))
        {
            taken++;
        }

        return taken;
    }
}
