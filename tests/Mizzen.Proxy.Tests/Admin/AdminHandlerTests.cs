using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Mizzen.Proxy.Admin;
using Mizzen.Proxy.Clusters;
using Mizzen.Proxy.Logging;
using Mizzen.Proxy.Observation.Metrics;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Tests.Admin;

public sealed class AdminHandlerTests
{
    private readonly ProxyState _state = new("1.2.3", "node", "mizzen-proxy", new MetricsRegistry(), new FakeTimeProvider());
    private readonly AdminHandler _admin;

    public AdminHandlerTests() => _admin = new AdminHandler(_state);

    [Fact]
    public void Readiness_says_what_is_missing()
    {
        var ready = new ReadinessHandler(_state);
        string Answer()
        {
            var answer = ready.Answer("GET", "/healthz/ready");
            return $"{answer.Status} {Encoding.UTF8.GetString(answer.Body)}";
        }

        Assert.Equal("503 not ready: no complete configuration has been received yet: waiting for listeners, clusters and what they refer to\n", Answer());
        _state.WaitingFor = "the control plane at istiod:15012";
        Assert.Contains("waiting for the control plane at istiod:15012", Answer(), StringComparison.Ordinal);
        _state.Snapshot = Configuration();
        _state.ListenerFailures = ["virtualInbound: address in use"];
        Assert.Equal("503 not ready: not all listeners are open: virtualInbound: address in use\n", Answer());
        _state.ListenersStand = true;
        Assert.Equal("200 ready\n", Answer());
        _state.IsDraining = true;
        Assert.Equal("503 not ready: the proxy is draining\n", Answer());
    }

    [Theory]
    [InlineData("GET", "/", 200, "admin commands are:")]
    [InlineData("GET", "/help", 200, "/config_dump: ")]
    [InlineData("GET", "/ready", 200, "LIVE")]
    [InlineData("GET", "/listeners", 200, "0.0.0.0_80::0.0.0.0:80")]
    [InlineData("GET", "/clusters", 200, "c::10.0.0.1:80::health_flags::healthy")]
    [InlineData("GET", "/stats", 200, "cluster_manager.active_clusters: 1")]
    [InlineData("GET", "/stats?filter=listener", 200, "listener_manager.total_listeners_active: 1\n")]
    [InlineData("GET", "/stats?format=prometheus", 200, "istio_build{component=\"proxy\",tag=\"1.2.3\"} 1")]
    [InlineData("GET", "/stats/prometheus", 200, "# TYPE istio_build gauge")]
    [InlineData("GET", "/config_dump", 200, "envoy.admin.v3.ClustersConfigDump\",\"dynamic_active_clusters\":[]}")]
    [InlineData("GET", "/config_dump?include_eds", 200, "envoy.admin.v3.EndpointsConfigDump")]
    [InlineData("GET", "/clusters?format=json", 200, "\"socket_address\":{\"address\":\"10.0.0.1\",\"port_value\":80}")]
    [InlineData("GET", "/certs", 200, "{\"certificates\": []}")]
    [InlineData("GET", "/memory", 200, "\"allocated\"")]
    [InlineData("GET", "/no", 404, "there is no /no here; there is /certs, /clusters, ")]
    [InlineData("GET", "/quitquitquit", 405, "curl -X POST http://127.0.0.1:15000/quitquitquit")]
    [InlineData("POST", "/logging?level=loud", 400, "'loud' is not a level")]
    public void Pages(string method, string target, int status, string text)
    {
        _state.Snapshot = Configuration();
        _state.ListenersStand = true;
        var answer = _admin.Answer(method, target);
        Assert.Equal(status, answer.Status);
        Assert.Contains(text, Encoding.UTF8.GetString(answer.Body), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, false, "health_flags::/failed_active_hc\n", "\"eds_health_status\":\"HEALTHY\",\"failed_active_health_check\":true}")]
    [InlineData(false, true, "health_flags::/failed_outlier_check\n", "\"eds_health_status\":\"HEALTHY\",\"failed_outlier_check\":true}")]
    [InlineData(true, true, "health_flags::/failed_active_hc/failed_outlier_check\n", "\"failed_active_health_check\":true,\"failed_outlier_check\":true}")]
    public void What_the_proxy_holds_against_an_endpoint(bool failsChecks, bool isEjected, string text, string json)
    {
        _state.Snapshot = Configuration();
        _state.VerdictOf = (_, _) => new EndpointVerdict(failsChecks, isEjected);

        Assert.Contains(text, Encoding.UTF8.GetString(_admin.Answer("GET", "/clusters").Body), StringComparison.Ordinal);
        var answer = _admin.Answer("GET", "/clusters?format=json").Body;
        Assert.Contains(json, Encoding.UTF8.GetString(answer), StringComparison.Ordinal);
        using var parsed = JsonDocument.Parse(answer);
    }

    [Fact]
    public void Orders()
    {
        var quits = 0;
        _state.Quit = () => quits++;
        Assert.Equal(200, _admin.Answer("POST", "/quitquitquit").Status);
        Assert.Equal(1, quits);

        var level = LogLevel.Info;
        _state.SetLogLevel = wanted => level = wanted;
        Assert.Equal(200, _admin.Answer("POST", "/logging?level=debug").Status);
        Assert.Equal(LogLevel.Debug, level);

        _ = _admin.Answer("POST", "/healthcheck/fail");
        Assert.Contains("failed by hand", _state.NotReadyBecause(), StringComparison.Ordinal);
        _ = _admin.Answer("POST", "/healthcheck/ok");
        Assert.DoesNotContain("failed by hand", _state.NotReadyBecause(), StringComparison.Ordinal);
    }

    [Fact]
    public void Server_info_is_JSON()
    {
        _state.LastRefusal = "c: lb_policy: \"x\"";
        using var info = JsonDocument.Parse(_admin.Answer("GET", "/server_info").Body);
        Assert.Equal("mizzen-proxy/1.2.3", info.RootElement.GetProperty("version").GetString());
        Assert.Equal("INITIALIZING", info.RootElement.GetProperty("state").GetString());
        Assert.Equal("c: lb_policy: \"x\"", info.RootElement.GetProperty("configuration").GetProperty("last_refusal").GetString());
    }

    private static ProxySnapshot Configuration() => new(
        1,
        [new ListenerModel { Name = "0.0.0.0_80", Address = IPEndPoint.Parse("0.0.0.0:80") }],
        [new ClusterModel { Key = ClusterKey.Of("c"), Endpoints = [new EndpointModel { Address = IPEndPoint.Parse("10.0.0.1:80") }] }],
        isComplete: true);
}
