using System.Net;
using Mizzen.Proxy.Clusters;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Tests.Clusters;

public sealed class OutlierTests
{
    private static readonly OutlierModel Settings = new() { ConsecutiveServerErrors = 3, BaseEjection = 1_000, Interval = 1_000, MaxEjectionPercent = 50 };

    [Fact]
    public void Failures_that_different_loops_see_add_up()
    {
        var shared = new SharedCluster();
        var (one, other) = (Cluster(shared, Settings), Cluster(shared, Settings));

        Outliers.OnStatus(one.Endpoints[0], 500, 0);
        Outliers.OnStatus(other.Endpoints[0], 503, 0);
        Assert.True(one.Endpoints[0].IsUsable(1));
        Outliers.OnStatus(one.Endpoints[0], 500, 0);

        Assert.False(one.Endpoints[0].IsUsable(1));
        Assert.False(other.Endpoints[0].IsUsable(999));
        Assert.True(other.Endpoints[0].IsUsable(1_000));
    }

    [Fact]
    public void A_success_begins_the_count_anew()
    {
        var cluster = Cluster(new SharedCluster(), Settings);
        foreach (var status in new[] { 500, 500, 200, 500, 500 })
        {
            Outliers.OnStatus(cluster.Endpoints[0], status, 0);
        }

        Assert.True(cluster.Endpoints[0].IsUsable(0));
    }

    [Fact]
    public void Who_is_ejected_again_stays_longer_and_good_health_makes_up_for_it()
    {
        var endpoint = Cluster(new SharedCluster(), Settings with { ConsecutiveServerErrors = 1 }).Endpoints[0];
        Outliers.OnStatus(endpoint, 500, 0);
        Assert.Equal(1_000, endpoint.Health.EjectedUntil);
        Outliers.OnStatus(endpoint, 500, 1_500);
        Assert.Equal(3_500, endpoint.Health.EjectedUntil);
        Outliers.OnStatus(endpoint, 500, 20_000);
        Assert.Equal(21_000, endpoint.Health.EjectedUntil);
    }

    [Fact]
    public void No_more_than_the_percentage_is_ejected()
    {
        var cluster = Cluster(new SharedCluster(), Settings with { ConsecutiveServerErrors = 1 });
        foreach (var endpoint in cluster.Endpoints)
        {
            Outliers.OnStatus(endpoint, 500, 0);
        }

        Assert.Equal(2, cluster.Endpoints.Count(endpoint => !endpoint.IsUsable(0)));
    }

    [Theory]
    [InlineData(false, 1, false)]
    [InlineData(true, 1, true)]
    [InlineData(true, 0, true)]
    public void Failed_connections_count_on_their_own_where_they_are_split(bool splits, uint serverErrors, bool staysAfterOne)
    {
        var settings = Settings with { SplitsLocalErrors = splits, ConsecutiveServerErrors = serverErrors, ConsecutiveLocalErrors = 2 };
        var endpoint = Cluster(new SharedCluster(), settings).Endpoints[0];
        Outliers.OnFailure(endpoint, 503, 0);
        Assert.Equal(staysAfterOne, endpoint.IsUsable(0));
        Outliers.OnFailure(endpoint, 503, 0);
        Assert.False(endpoint.IsUsable(0));
    }

    private static ClusterState Cluster(SharedCluster shared, OutlierModel settings)
    {
        var model = new ClusterModel { Key = ClusterKey.Of("outliers"), Outlier = settings };
        var cluster = new ClusterState(model, shared);
        var endpoints = Enumerable.Range(1, 4).Select(i => new EndpointModel { Address = new IPEndPoint(IPAddress.Parse($"10.0.0.{i}"), 80) });
        cluster.Update(model with { Endpoints = [.. endpoints] }, 0, _ => { });
        return cluster;
    }
}
