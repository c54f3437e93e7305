using Mizzen.Proxy.Commands;

namespace Mizzen.Proxy.Tests.Commands;

public sealed class ProxyConfigTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("{}")]
    public void Nothing_said_is_Istios_defaults(string? json) => Assert.Equal(
        new ProxyConfig { DiscoveryAddress = "istiod.istio-system.svc:15012", Concurrency = 2, TerminationDrainDuration = TimeSpan.FromSeconds(5), DrainDuration = TimeSpan.FromSeconds(45), AdminPort = 15000, StatusPort = 15020 },
        ProxyConfig.Read(json));

    [Fact]
    public void What_the_injection_says() => Assert.Equal(
        new ProxyConfig { DiscoveryAddress = "istiod.other.svc:15010", Concurrency = 0, TerminationDrainDuration = TimeSpan.FromSeconds(20), DrainDuration = TimeSpan.FromSeconds(90), MaxConnections = 50_000, AdminPort = 1, StatusPort = 2 },
        ProxyConfig.Read("""{"discoveryAddress":"istiod.other.svc:15010","concurrency":0,"terminationDrainDuration":"20s","drainDuration":"90s","runtimeValues":{"overload.global_downstream_max_connections":"50000"},"proxyAdminPort":1,"statusPort":2,"tracing":{}}"""));

    [Theory]
    [InlineData("{")]
    [InlineData("""{"terminationDrainDuration":"soon"}""")]
    [InlineData("""{"runtimeValues":{"overload.global_downstream_max_connections":"many"}}""")]
    public void What_cannot_be_read_names_the_variable(string json) =>
        Assert.Contains("PROXY_CONFIG", Assert.Throws<InvalidDataException>(() => ProxyConfig.Read(json)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("5s", 5_000)]
    [InlineData("1.5s", 1_500)]
    [InlineData("1m30s", 90_000)]
    [InlineData("250ms", 250)]
    [InlineData("1h", 3_600_000)]
    public void Durations(string text, double milliseconds) => Assert.Equal(milliseconds, ProxyConfig.Duration(text).TotalMilliseconds);
}
