using Mizzen.Proxy.Configuration;

namespace Mizzen.Proxy.Tests.Configuration;

public sealed class StaticBootstrapTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void A_file_is_a_complete_configuration()
    {
        File.WriteAllText(_file, """
            {"admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 9901}}},
             "static_resources": {"clusters": [{"name": "c", "type": "STATIC"}], "listeners": [{"name": "l", "address": {"socket_address": {"address": "127.0.0.1", "port_value": 1}}}]}}
            """);
        var (resources, admin, _) = StaticBootstrap.Read(_file);
        var snapshot = resources.Snapshot();
        Assert.True(snapshot.IsComplete);
        Assert.Equal(("c", "l"), (Assert.Single(snapshot.Clusters.Keys), Assert.Single(snapshot.Listeners).Name));
        Assert.Equal("127.0.0.1:9901", admin!.ToString());
    }

    [Fact]
    public void A_file_may_be_YAML()
    {
        File.WriteAllText(_file, """
            # A comment, numbers, texts that look like numbers, times, lists in both ways.
            admin: {address: {socket_address: {address: 127.0.0.1, port_value: 9901}}}
            static_resources:
              clusters:
              - name: "17"
                type: STATIC
                connect_timeout: 0.25s
                load_assignment:
                  endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.2, port_value: 80}}}}]}]
            """);
        var (resources, admin, _) = StaticBootstrap.Read(_file);
        var cluster = Assert.Single(resources.Snapshot().Clusters.Values);
        Assert.Equal(("17", 250, "127.0.0.2:80"), (cluster.Key.Name, cluster.ConnectTimeout, Assert.Single(cluster.Endpoints).Address.ToString()));
        Assert.Equal(9901, admin!.Port);
    }

    [Theory]
    [InlineData("static_resources: {clusters: [", "line 2: ")]
    [InlineData("static_resources: &a {}\nadmin: *a\n", "line 2: aliases are not supported")]
    [InlineData("static_resources: {}\nstatic_resources: {}\n", "line 2: the key static_resources stands here twice")]
    [InlineData("static_resources:\n  clusters:\n  - {name: c, no_such_field: 1}\n", "no_such_field")]
    [InlineData("{}", "there are no static_resources")]
    [InlineData("{", "Unexpected end of document")]
    [InlineData("""{"static_resources": {}, "dynamic_resources": {}}""", "the field dynamic_resources is not supported")]
    [InlineData("""{"static_resources": {"layers": []}}""", "static_resources.layers is not supported")]
    [InlineData("""{"static_resources": {"clusters": [{"name": "c", "no_such_field": 1}]}}""", "no_such_field")]
    [InlineData("""{"static_resources": {"clusters": [{"name": "c", "lb_policy": "LOAD_BALANCING_POLICY_CONFIG"}]}}""", "clusters: c: lb_policy: LoadBalancingPolicyConfig is not supported")]
    [InlineData("""{"static_resources": {}, "overload_manager": {"resource_monitors": [{"name": "envoy.resource_monitors.cgroup_memory"}]}}""", "overload_manager.resource_monitors[envoy.resource_monitors.cgroup_memory]: this proxy has no such monitor")]
    [InlineData("""{"static_resources": {}, "overload_manager": {"actions": [{"name": "envoy.overload_actions.dance"}]}}""", "overload_manager.actions[envoy.overload_actions.dance]: this proxy has no such action")]
    [InlineData("""{"static_resources": {}, "overload_manager": {"actions": [{"name": "envoy.overload_actions.shrink_heap", "triggers": [{"name": "envoy.resource_monitors.fixed_heap", "threshold": {"value": 0.9}}]}]}}""", "must be envoy.resource_monitors.fixed_heap, and that must be among resource_monitors")]
    [InlineData("""{"static_resources": {}, "admin": {"address": {"socket_address": {"address": "here"}}}}""", "admin.address: 'here' is not an IP address")]
    public void What_cannot_be_used_is_said_with_the_file(string text, string message)
    {
        File.WriteAllText(_file, text);
        var error = Assert.Throws<InvalidDataException>(() => StaticBootstrap.Read(_file));
        Assert.StartsWith(_file, error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.OrdinalIgnoreCase);
    }
}
