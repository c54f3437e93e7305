using System.Net;
using Envoy.Config.Cluster.V3;
using Mizzen.Proxy.Configuration;

namespace Mizzen.Proxy.Tests.Configuration;

public sealed class DnsScheduleTests
{
    [Theory]
    [InlineData("""{}""", 0, 0.0, 5)]
    [InlineData("""{"dns_refresh_rate": "60s"}""", 0, 0.0, 60)]
    [InlineData("""{"dns_refresh_rate": "60s", "respect_dns_ttl": true}""", 0, 0.0, 5)]
    [InlineData("""{"dns_refresh_rate": "2s", "respect_dns_ttl": true}""", 0, 0.0, 2)]
    [InlineData("""{"dns_refresh_rate": "60s", "dns_jitter": "10s"}""", 0, 0.5, 65)]
    [InlineData("""{"dns_refresh_rate": "60s"}""", 3, 0.0, 60)]
    [InlineData("""{"dns_refresh_rate": "60s", "dns_failure_refresh_rate": {"base_interval": "1s", "max_interval": "3s"}}""", 0, 0.0, 60)]
    [InlineData("""{"dns_failure_refresh_rate": {"base_interval": "1s", "max_interval": "3s"}}""", 1, 0.0, 1)]
    [InlineData("""{"dns_failure_refresh_rate": {"base_interval": "1s", "max_interval": "3s"}}""", 2, 0.0, 2)]
    [InlineData("""{"dns_failure_refresh_rate": {"base_interval": "1s", "max_interval": "3s"}}""", 9, 0.0, 3)]
    [InlineData("""{"dns_failure_refresh_rate": {"base_interval": "1s"}}""", 99, 0.0, 10)]
    public void Names_are_resolved_again_after(string cluster, int failures, double random, double seconds) =>
        Assert.Equal(seconds, DnsSchedule.Next(XdsText.Message<Cluster>(cluster), failures, random).TotalSeconds);

    [Theory]
    [InlineData("AUTO", "fd00::1")]
    [InlineData("V4_ONLY", "10.0.0.1")]
    [InlineData("V6_ONLY", "fd00::1")]
    [InlineData("V4_PREFERRED", "10.0.0.1")]
    [InlineData("ALL", "10.0.0.1 fd00::1")]
    public void Of_a_names_addresses_those_count_that_the_cluster_wants(string family, string expected)
    {
        var cluster = XdsText.Message<Cluster>($$"""{"dns_lookup_family": "{{family}}"}""");
        Assert.Equal(expected, string.Join(' ', DnsFamilies.Choose(cluster.DnsLookupFamily, [IPAddress.Parse("10.0.0.1"), IPAddress.Parse("fd00::1")])));
    }

    [Theory]
    [InlineData(Cluster.Types.DnsLookupFamily.Auto, 1)]
    [InlineData(Cluster.Types.DnsLookupFamily.V6Only, 0)]
    [InlineData(Cluster.Types.DnsLookupFamily.V4Preferred, 1)]
    public void Where_there_is_only_one_kind(Cluster.Types.DnsLookupFamily family, int expected) =>
        Assert.Equal(expected, DnsFamilies.Choose(family, [IPAddress.Parse("10.0.0.1")]).Count);
}
