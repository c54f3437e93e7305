using System.Net;
using System.Net.Sockets;
using System.Text;
using Mizzen.Proxy.Admin;
using Mizzen.Proxy.Agent;
using Mizzen.Proxy.Logging;
using Mizzen.Proxy.Observation.Metrics;

namespace Mizzen.Proxy.Tests.Agent;

/// <summary>Port 15020 with an application behind it, over real sockets.</summary>
public sealed class AgentServerTests : IAsyncLifetime
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;
    private readonly CancellationTokenSource _stop = new();
    private readonly ProxyState _state = new("1", "node", "", new MetricsRegistry(), TimeProvider.System);
    private readonly TcpListener _application = new(IPAddress.Loopback, 0);
    private readonly HttpClient _client = new();
    private string _requests = "";
    private AppProbes? _probes;
    private AppMetrics? _metrics;
    private AgentServer? _server;

    public ValueTask InitializeAsync()
    {
        _application.Start();
        _ = AnswerAsync();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _application.Dispose();
        _client.Dispose();
        _server?.Dispose();
        _probes?.Dispose();
        _metrics?.Dispose();
        _stop.Dispose();
    }

    [Theory]
    [InlineData("/app-health/app/readyz", 200, "")]
    [InlineData("/app-health/app/livez", 503, "")]
    [InlineData("/app-health/tcp/readyz", 200, "")]
    [InlineData("/app-health/closed/readyz", 500, "refused")]
    [InlineData("/app-health/slow/readyz", 500, "no answer within 0.2 s")]
    [InlineData("/app-health/grpc/readyz", 500, "gRPC probes are not supported yet")]
    [InlineData("/app-health/none/readyz", 404, "there is /app-health/app/readyz, ")]
    [InlineData("/healthz/ready", 503, "not ready")]
    [InlineData("/quitquitquit", 405, "use POST")]
    [InlineData("/nowhere", 404, "/stats/prometheus")]
    public async Task Probes(string path, int status, string text)
    {
        Start(annotations: null);
        var (code, body) = await GetAsync(path);
        Assert.Equal(status, code);
        Assert.Contains(text, body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_probe_carries_its_headers_and_host()
    {
        Start(annotations: null);
        _ = await GetAsync("/app-health/app/readyz");
        Assert.Contains("GET /healthy?x=1 HTTP/1.1\r\n", _requests, StringComparison.Ordinal);
        Assert.Contains("Host: app.example\r\n", _requests, StringComparison.Ordinal);
        Assert.Contains("x-probe: yes\r\n", _requests, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scrape_brings_the_applications_metrics_too()
    {
        Start($$"""{"scrape":"true","path":"/metrics","port":"{{Port}}"}""");
        var (_, merged) = await GetAsync("/stats/prometheus");
        Assert.Contains("istio_build{", merged, StringComparison.Ordinal);
        Assert.EndsWith("app_requests 7\n", merged, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scrape_without_the_application_brings_the_proxys_alone()
    {
        Start("""{"scrape":"true","port":"1"}""");
        var (status, text) = await GetAsync("/stats/prometheus");
        Assert.Equal(200, status);
        Assert.Contains("istio_build{", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Quit_ends_the_program()
    {
        Start(annotations: null);
        var quit = false;
        _state.Quit = () => quit = true;
        using var response = await _client.PostAsync($"http://{_server!.Address}/quitquitquit", null, Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(quit);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("\"x\"")]
    public void Probes_that_cannot_be_read_are_said(string json) =>
        Assert.Contains("ISTIO_KUBE_APP_PROBERS", Assert.Throws<InvalidDataException>(() => AppProbe.ReadAll(json)).Message, StringComparison.Ordinal);

    private int Port => ((IPEndPoint)_application.LocalEndpoint).Port;

    private void Start(string? annotations)
    {
        _probes = new AppProbes(AppProbe.ReadAll($$$"""
            {
              "/app-health/app/readyz": {"httpGet": {"path": "/healthy?x=1", "port": {{{Port}}}, "scheme": "HTTP", "host": "app.example", "httpHeaders": [{"name": "x-probe", "value": "yes"}]}},
              "/app-health/app/livez": {"httpGet": {"path": "ill", "port": {{{Port}}} }, "timeoutSeconds": 5},
              "/app-health/tcp/readyz": {"tcpSocket": {"port": {{{Port}}} }},
              "/app-health/closed/readyz": {"tcpSocket": {"port": 1}},
              "/app-health/slow/readyz": {"httpGet": {"path": "/slow", "port": {{{Port}}} }, "timeoutSeconds": 0.2},
              "/app-health/grpc/readyz": {"grpc": {"port": 1}}
            }
            """), "127.0.0.1");
        _metrics = new AppMetrics(annotations, LogOutput.Silent.For("metrics"));
        _server = new AgentServer(new AgentPages(_state, _probes, _metrics), LogOutput.Silent.For("agent"));
        _server.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        _ = _server.RunAsync(_stop.Token);
    }

    private async Task<(int Status, string Body)> GetAsync(string path)
    {
        using var response = await _client.GetAsync($"http://{_server!.Address}{path}", Cancellation);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }

    private async Task AnswerAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var client = await _application.AcceptTcpClientAsync(_stop.Token);
                await AnswerAsync(client);
            }
            catch (Exception error) when (error is OperationCanceledException or IOException or SocketException)
            {
                continue;
            }
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        var buffer = new byte[4096];
        var length = await client.GetStream().ReadAsync(buffer, _stop.Token);
        var request = Encoding.ASCII.GetString(buffer, 0, length);
        _requests += request;
        if (request.StartsWith("GET /slow", StringComparison.Ordinal))
        {
            // Never answers: reads until the probe gives up.
            _ = await client.GetStream().ReadAsync(buffer, _stop.Token);
            return;
        }

        var status = request.StartsWith("GET /ill", StringComparison.Ordinal) ? "503 Ill" : "200 OK";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\ncontent-length: 15\r\nconnection: close\r\n\r\napp_requests 7\n"), _stop.Token);
    }
}
