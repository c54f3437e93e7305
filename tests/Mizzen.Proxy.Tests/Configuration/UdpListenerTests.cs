using Mizzen.Proxy.Configuration;

namespace Mizzen.Proxy.Tests.Configuration;

/// <summary>Listeners of datagrams as files write them.</summary>
public sealed class UdpListenerTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("cluster: dns", "p -> dns 60000 False False")]
    [InlineData("cluster: dns, idle_timeout: 5s, hash_policies: [{source_ip: true}]", "p -> dns 5000 True False")]
    [InlineData("cluster: dns, hash_policies: [{key: calls}]", "p -> dns 60000 False True")]
    [InlineData("matcher: {on_no_match: {action: {name: route, typed_config: {'@type': type.googleapis.com/envoy.extensions.filters.udp.udp_proxy.v3.Route, cluster: dns}}}}", "p -> dns 60000 False False")]
    public void What_is_understood(string settings, string expected)
    {
        var model = Assert.Single(Read(settings).Resources.Snapshot().Listeners).Udp!;

        Assert.Equal(expected, $"{model.StatPrefix} -> {model.Cluster.Name} {model.IdleTimeout} {model.HashesSourceAddress} {model.HashKey is not null}");
    }

    [Theory]
    [InlineData("use_original_src_ip: true, cluster: dns", "use_original_src_ip: is not supported")]
    [InlineData("use_per_packet_load_balancing: true, cluster: dns", "use_per_packet_load_balancing: is not supported")]
    [InlineData("session_filters: [{name: x}], cluster: dns", "session_filters: is not supported")]
    [InlineData("matcher: {matcher_tree: {}}", "matcher: only on_no_match")]
    [InlineData("idle_timeout: 5s", "matcher: only on_no_match")]
    public void What_is_not(string settings, string message) =>
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => Read(settings)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_listener_of_datagrams_has_the_proxy_as_its_only_filter()
    {
        File.WriteAllText(_file, "static_resources: {listeners: [{name: l, address: {socket_address: {protocol: UDP, address: 127.0.0.1, port_value: 53}}}]}");

        var error = Assert.Throws<InvalidDataException>(() => StaticBootstrap.Read(_file));

        Assert.Contains("l: listener_filters: a listener of datagrams needs one filter, envoy.filters.udp_listener.udp_proxy", error.Message, StringComparison.Ordinal);
    }

    private BootstrapContent Read(string settings)
    {
        File.WriteAllText(_file, $$$"""
            static_resources:
              clusters: [{name: dns, type: STATIC}]
              listeners:
              - name: l
                address: {socket_address: {protocol: UDP, address: 127.0.0.1, port_value: 53}}
                listener_filters:
                - name: envoy.filters.udp_listener.udp_proxy
                  typed_config: {'@type': type.googleapis.com/envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig, stat_prefix: p, {{{settings}}} }
            """);
        return StaticBootstrap.Read(_file);
    }
}
