using System.Net;
using Mizzen.Proxy.Clusters;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Tests.Clusters;

public sealed class EndpointChoiceTests
{
    private const int Requests = 20_000;

    /// <summary>Healthy of all endpoints in each priority, and the percent of requests that each gets (Envoy's documentation, "Priority levels").</summary>
    [Theory]
    [InlineData("10/10 10/10", "100 0")]
    [InlineData("8/10 10/10", "100 0")]
    [InlineData("7/10 10/10", "98 2")]
    [InlineData("5/10 10/10", "70 30")]
    [InlineData("0/10 10/10", "0 100")]
    [InlineData("2/10 2/10 10/10", "28 28 44")]
    [InlineData("2/10 2/10", "50 50")]
    [InlineData("1/10 3/10", "25 75")]
    public void What_a_priority_cannot_take_goes_to_the_next(string health, string expected)
    {
        var groups = health.Split(' ').Select((text, priority) => (Priority: priority, Healthy: int.Parse(text.Split('/')[0]), All: int.Parse(text.Split('/')[1])));
        var cluster = Cluster(
            new ClusterModel { Key = ClusterKey.Of(health), LoadBalancing = LoadBalancing.Random, PanicThreshold = 0 },
            groups.SelectMany(group => Enumerable.Range(0, group.All).Select(i => new EndpointModel
            {
                Address = new IPEndPoint(IPAddress.Parse($"10.0.{group.Priority}.{i + 1}"), 80),
                Priority = group.Priority,
                IsHealthy = i < group.Healthy,
            })));

        var shares = Shares(cluster, endpoint => endpoint.Model.Priority);

        foreach (var (text, priority) in expected.Split(' ').Select((text, priority) => (text, priority)))
        {
            Assert.InRange(shares.GetValueOrDefault(priority), int.Parse(text) - 1.5, int.Parse(text) + 1.5);
        }
    }

    [Theory]
    [InlineData(50, "4/10", true)]
    [InlineData(50, "5/10", false)]
    [InlineData(0, "1/10", false)]
    public void Below_the_panic_threshold_all_endpoints_are_used(double threshold, string health, bool expected)
    {
        var (healthy, all) = (int.Parse(health.Split('/')[0]), int.Parse(health.Split('/')[1]));
        var cluster = Cluster(
            new ClusterModel { Key = ClusterKey.Of($"panic {threshold} {health}"), LoadBalancing = LoadBalancing.Random, PanicThreshold = threshold },
            Enumerable.Range(0, all).Select(i => new EndpointModel { Address = new IPEndPoint(IPAddress.Parse($"10.0.0.{i + 1}"), 80), IsHealthy = i < healthy }));

        Assert.Equal(expected, Shares(cluster, endpoint => endpoint.Model.IsHealthy).ContainsKey(false));
    }

    [Theory]
    [InlineData("RoundRobin", 1, 3)]
    [InlineData("Random", 1, 3)]
    [InlineData("LeastRequest", 1, 3)]
    public void Endpoints_get_their_weight(string balancing, uint one, uint other)
    {
        var cluster = Cluster(
            new ClusterModel { Key = ClusterKey.Of($"weights {balancing}"), LoadBalancing = Enum.Parse<LoadBalancing>(balancing) },
            [Endpoint(1) with { Weight = one }, Endpoint(2) with { Weight = other }]);

        Assert.InRange(Shares(cluster, endpoint => endpoint.Model.Weight)[other], 73.5, 76.5);
    }

    /// <summary>An endpoint that came a part of the window ago has that part of its share, of that part the inverse power of the aggression, and never less than the minimum.</summary>
    [Theory]
    [InlineData(1, 1, 9.1)]
    [InlineData(10, 1, 9.1)]
    [InlineData(50, 1, 33.3)]
    [InlineData(25, 2, 33.3)]
    [InlineData(100, 1, 50)]
    public void A_new_endpoint_warms_up(long percentOfWindow, double aggression, double expected)
    {
        const long window = 60_000;
        const long old = 100 * window;
        var cluster = Cluster(
            new ClusterModel { Key = ClusterKey.Of($"warm {percentOfWindow} {aggression}"), SlowStart = new SlowStartModel(window, 0.1, aggression) }, [Endpoint(1)]);
        cluster.Update(cluster.Model with { Endpoints = [Endpoint(1), Endpoint(2)] }, old, _ => { });

        var shares = Shares(cluster, endpoint => endpoint.Address.ToString(), old + (window * percentOfWindow / 100));

        Assert.InRange(shares["10.0.0.2:80"], expected - 1, expected + 1);
    }

    [Theory]
    [InlineData("RingHash", 1024)]
    [InlineData("Maglev", 65537)]
    public void Few_keys_move_when_an_endpoint_goes(string balancing, int size)
    {
        var cluster = Cluster(
            new ClusterModel { Key = ClusterKey.Of($"keys {balancing}"), LoadBalancing = Enum.Parse<LoadBalancing>(balancing), HashTableSize = size },
            [.. Enumerable.Range(1, 10).Select(Endpoint)]);
        var random = new FastRandom(1);
        var keys = Enumerable.Range(0, 5_000).Select(_ => random.Next()).ToList();
        var before = keys.ConvertAll(key => EndpointChoice.Choose(cluster, random, 0, key)!.Address);
        Assert.All(before.GroupBy(address => address), group => Assert.InRange(group.Count(), 300, 700));

        cluster.Update(cluster.Model with { Endpoints = [.. Enumerable.Range(2, 9).Select(Endpoint)] }, 0, _ => { });
        var after = keys.ConvertAll(key => EndpointChoice.Choose(cluster, random, 0, key)!.Address);

        var moved = before.Zip(after).Count(pair => pair.First != pair.Second);
        var lost = before.Count(address => address.ToString() == "10.0.0.1:80");
        Assert.InRange(moved, lost, lost + (keys.Count / 10));
    }

    private static EndpointModel Endpoint(int number) => new() { Address = new IPEndPoint(IPAddress.Parse($"10.0.0.{number}"), 80) };

    private static ClusterState Cluster(ClusterModel model, IEnumerable<EndpointModel> endpoints)
    {
        var cluster = new ClusterState(model, new SharedCluster());
        cluster.Update(model with { Endpoints = [.. endpoints] }, 0, _ => { });
        return cluster;
    }

    private static Dictionary<T, double> Shares<T>(ClusterState cluster, Func<EndpointState, T> key, long now = 1_000_000)
        where T : notnull
    {
        var random = new FastRandom(7);
        return Enumerable.Range(0, Requests).Select(_ => EndpointChoice.Choose(cluster, random, now)!)
            .GroupBy(key).ToDictionary(group => group.Key, group => group.Count() * 100.0 / Requests);
    }
}
