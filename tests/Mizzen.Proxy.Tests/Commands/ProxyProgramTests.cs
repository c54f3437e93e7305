using System.Net;
using System.Net.Sockets;
using Mizzen.Identity;
using Mizzen.Proxy.Configuration;
using Mizzen.Proxy.Tests.Configuration;
using Mizzen.Testing;

namespace Mizzen.Proxy.Tests.Commands;

/// <summary>The program as its users meet it: a process with arguments, environment, files, ports and signals.</summary>
public sealed class ProxyProgramTests : IDisposable
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;
    private readonly string _folder = Directory.CreateTempSubdirectory("mizzen-proxy-").FullName;
    private readonly HttpClient _client = new();

    public void Dispose()
    {
        _client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("--help", 0, "mizzen-proxy proxy sidecar|router")]
    [InlineData("--version", 0, "mizzen-proxy ")]
    [InlineData("proxy --help", 0, "--concurrency")]
    [InlineData("istio-iptables --help", 0, "--istio-service-cidr")]
    [InlineData("--config", 2, "--config needs a value")]
    [InlineData("--config /no/such/file", 1, "Could not find a part of the path '/no/such/file'.")]
    [InlineData("proxy ztunnel", 2, "say  proxy sidecar  or  proxy router")]
    [InlineData("proxy sidecar --templatefile x", 2, "proxy has no flag --templatefile")]
    [InlineData("serve", 2, "there is no command 'serve'")]
    [InlineData("istio-iptables -m TPROXY", 2, "only REDIRECT is supported")]
    public async Task Command_lines(string line, int code, string text)
    {
        await using var program = await ProxyProgram.RunAsync(line.Split(' '), Cancellation);
        Assert.Equal((code, true), (program.ExitCode, (program.Output + program.Errors).Contains(text, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_user_without_privileges_can_redirect_in_a_namespace_of_his_own()
    {
        await using var program = await ProxyProgram.RunAsync(["istio-iptables", "-d", "15020"], Cancellation, through: "unshare --user --map-root-user --net");
        Assert.Equal("inbound TCP goes to 15006, outbound TCP to 15001 (nftables table istio-redirect)\n", program.Output + program.Errors);
        Assert.Equal(0, program.ExitCode);
    }

    [Fact]
    public async Task A_redirect_without_NET_ADMIN_says_what_is_missing()
    {
        // In a user namespace without a mapping nobody is root.
        await using var program = await ProxyProgram.RunAsync(["istio-iptables"], Cancellation, through: "unshare --user --net setpriv --bounding-set -all");
        Assert.Equal(2, program.ExitCode);
        Assert.Contains("needs the capability NET_ADMIN", program.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_static_file_is_served_counted_logged_and_drained()
    {
        await using var program = ProxyProgram.Start(["--config", Write(StaticFile())]);
        var admin = await program.EndPointAsync("admin", Cancellation);
        var listener = await ListenerAsync(admin);

        Assert.Equal("hello", await _client.GetStringAsync($"http://{listener}/hello", Cancellation));
        Assert.Equal("LIVE\n", await _client.GetStringAsync($"http://{admin}/ready", Cancellation));
        await Eventually.HoldsAsync(
            async () => (await _client.GetStringAsync($"http://{admin}/stats/prometheus", Cancellation)).Contains("istio_requests_total{", StringComparison.Ordinal),
            "the request is counted",
            Cancellation);
        Assert.Contains("\"inline_string\": \"hello\"", await _client.GetStringAsync($"http://{admin}/config_dump", Cancellation), StringComparison.Ordinal);

        program.Terminate();
        await program.WaitAsync(Cancellation);
        Assert.Equal(0, program.ExitCode);
        Assert.Equal("GET /hello 200 -\n", program.Output);
        Assert.Contains("SIGTERM: draining for 5 s at most", program.Errors, StringComparison.Ordinal);
        Assert.Contains("drained", program.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_without_memory_refuses_requests_and_says_so_everywhere()
    {
        // No process of this program is as small as that.
        var overload = """
            "overload_manager": {"refresh_interval": "0.05s",
              "resource_monitors": [{"name": "envoy.resource_monitors.fixed_heap", "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig", "max_heap_size_bytes": 1000000}}],
              "actions": [{"name": "envoy.overload_actions.stop_accepting_requests", "triggers": [
                {"name": "envoy.resource_monitors.fixed_heap", "threshold": {"value": 0.95}}]}]},
            """;
        await using var program = ProxyProgram.Start(["--config", Write(StaticFile().Insert(StaticFile().IndexOf('{', StringComparison.Ordinal) + 1, overload))]);
        var admin = await program.EndPointAsync("admin", Cancellation);
        var listener = await ListenerAsync(admin);

        using var response = await _client.GetAsync($"http://{listener}/hello", Cancellation);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "envoy overloaded"), (response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation)));
        var stats = "";
        await Eventually.HoldsAsync(
            async () => (stats = await _client.GetStringAsync($"http://{admin}/stats", Cancellation)).Contains("http.in.downstream_rq_overload_close: 1\n", StringComparison.Ordinal),
            "the refusal is counted",
            Cancellation);
        Assert.Contains("overload.envoy.overload_actions.stop_accepting_requests.active: 1\n", stats, StringComparison.Ordinal);
        Assert.Contains("overload: envoy.overload_actions.stop_accepting_requests begins: ", program.Errors, StringComparison.Ordinal);

        program.Terminate();
        await program.WaitAsync(Cancellation);
        Assert.Equal("GET /hello 503 OM\n", program.Output);
    }

    [Fact]
    public async Task An_access_log_is_rotated_by_SIGUSR1()
    {
        var path = Path.Combine(_folder, "access.log");
        await using var program = ProxyProgram.Start(["--config", Write(StaticFile().Replace("/dev/stdout", path, StringComparison.Ordinal))]);
        var listener = await ListenerAsync(await program.EndPointAsync("admin", Cancellation));
        _ = await _client.GetStringAsync($"http://{listener}/hello", Cancellation);
        await Eventually.HoldsAsync(() => File.Exists(path) && new FileInfo(path).Length > 0, "the line is written", Cancellation);

        File.Move(path, path + ".1");
        program.Signal("USR1");
        await Eventually.HoldsAsync(
            async () =>
            {
                _ = await _client.GetStringAsync($"http://{listener}/hello", Cancellation);
                return File.Exists(path);
            },
            "the file is there again",
            Cancellation);
        Assert.StartsWith("GET /hello 200 -\n", await File.ReadAllTextAsync(path + ".1", Cancellation), StringComparison.Ordinal);
        program.Terminate();
        await program.WaitAsync(Cancellation);
        Assert.Equal(0, program.ExitCode);
    }

    [Fact]
    public async Task An_exchange_under_way_is_finished_before_the_end()
    {
        using var upstream = new TcpListener(IPAddress.Loopback, 0);
        upstream.Start();
        await using var program = ProxyProgram.Start(["--config", Write(StaticFile(((IPEndPoint)upstream.LocalEndpoint).Port))]);
        var listener = await ListenerAsync(await program.EndPointAsync("admin", Cancellation));
        var request = _client.GetStringAsync($"http://{listener}/slow", Cancellation);
        using var connection = await upstream.AcceptTcpClientAsync(Cancellation);
        _ = await connection.GetStream().ReadAsync(new byte[4096], Cancellation);

        program.Terminate();
        await Eventually.HoldsAsync(() => program.Errors.Contains("draining", StringComparison.Ordinal), "the drain has begun", Cancellation);
        Assert.False(program.HasExited);
        await connection.GetStream().WriteAsync("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ndone"u8.ToArray(), Cancellation);
        Assert.Equal("done", await request);
        await program.WaitAsync(Cancellation);
        Assert.Equal((0, "GET /slow 200 -\n"), (program.ExitCode, program.Output));
    }

    [Fact]
    public async Task What_does_not_end_in_time_is_cut_off()
    {
        using var upstream = new TcpListener(IPAddress.Loopback, 0);
        upstream.Start();
        await using var program = ProxyProgram.Start(["--config", Write(StaticFile(((IPEndPoint)upstream.LocalEndpoint).Port)), "--drain-duration", "100ms"]);
        var listener = await ListenerAsync(await program.EndPointAsync("admin", Cancellation));
        var request = _client.GetStringAsync($"http://{listener}/never", Cancellation);
        using var connection = await upstream.AcceptTcpClientAsync(Cancellation);

        program.Terminate();
        await program.WaitAsync(Cancellation);
        Assert.Equal(0, program.ExitCode);
        _ = await Assert.ThrowsAsync<HttpRequestException>(() => request);
    }

    [Fact]
    public async Task A_port_that_is_taken_ends_the_program_with_the_listeners_name()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var file = Write(StaticFile().Replace("\"port_value\": 0}}, \"filter_chains\"", $"\"port_value\": {((IPEndPoint)taken.LocalEndpoint).Port}}}}}, \"filter_chains\"", StringComparison.Ordinal));
        await using var program = await ProxyProgram.RunAsync(["--config", file], Cancellation);
        Assert.Equal(1, program.ExitCode);
        Assert.Contains("mizzen-proxy: in: ", program.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sidecar_waits_for_its_files_follows_the_control_plane_and_becomes_ready()
    {
        using var authority = CertificateAuthority.Create("root", TimeProvider.System);
        await using var plane = await ControlPlane.StartAsync(authority.Issue(CertificateProfile.ForServer(["localhost"], [])));
        await using var program = ProxyProgram.Start(["proxy", "sidecar", "--domain", "default.svc.cluster.local", "--log_output_level=default:info"], Sidecar(plane.Address));
        var readiness = await program.EndPointAsync("readiness", Cancellation);
        Assert.Contains("waiting for the control plane's root certificate in", await EventuallyReadsAsync(readiness, HttpStatusCode.ServiceUnavailable, "it waits"), StringComparison.Ordinal);

        await File.WriteAllTextAsync(Path.Combine(_folder, "root-cert.pem"), authority.CertificatePem, Cancellation);
        await File.WriteAllTextAsync(Path.Combine(_folder, "istio-token"), "secret", Cancellation);
        await Eventually.HoldsAsync(() => plane.Streams == 1, () => $"the control plane is asked, but: {program.Errors}", Cancellation);
        Assert.Equal("Bearer secret", plane.Authorization);
        _ = await plane.SendAsync(TypeUrls.Cluster);
        _ = await plane.SendAsync(TypeUrls.Listener, ("in", XdsText.Packed<Envoy.Config.Listener.V3.Listener>(Listener(""))));
        Assert.Equal("ready\n", await EventuallyReadsAsync(readiness, HttpStatusCode.OK, "ready"));

        var admin = await program.EndPointAsync("admin", Cancellation);
        var agent = await program.EndPointAsync("agent", Cancellation);
        Assert.Equal("hello", await _client.GetStringAsync($"http://{await ListenerAsync(admin)}/hello", Cancellation));
        await Eventually.HoldsAsync(
            async () => (await _client.GetStringAsync($"http://{agent}/stats/prometheus", Cancellation)).Contains("source_workload=\"frontend-prod\"", StringComparison.Ordinal),
            "the request is counted for this workload",
            Cancellation);

        using var quit = await _client.PostAsync($"http://{agent}/quitquitquit", null, Cancellation);
        await program.WaitAsync(Cancellation);
        Assert.Equal((0, "GET /hello 200 -\n"), (program.ExitCode, program.Output));
    }

    private Dictionary<string, string> Sidecar(string controlPlane) => new()
    {
        ["PROXY_CONFIG"] = $$"""{"discoveryAddress":"{{controlPlane}}","proxyAdminPort":0,"statusPort":0}""",
        ["ENVOY_STATUS_PORT"] = "0",
        ["ENVOY_PROMETHEUS_PORT"] = "0",
        ["POD_NAME"] = "frontend-1",
        ["POD_NAMESPACE"] = "default",
        ["INSTANCE_IP"] = "127.0.0.1",
        ["ISTIO_META_WORKLOAD_NAME"] = "frontend-prod",
        ["XDS_ROOT_CA"] = Path.Combine(_folder, "root-cert.pem"),
        ["XDS_TOKEN_FILE"] = Path.Combine(_folder, "istio-token"),
    };

    private async Task<string> EventuallyReadsAsync(IPEndPoint readiness, HttpStatusCode status, string what)
    {
        var text = "";
        await Eventually.HoldsAsync(
            async () =>
            {
                using var response = await _client.GetAsync($"http://{readiness}/healthz/ready", Cancellation);
                text = await response.Content.ReadAsStringAsync(Cancellation);
                return response.StatusCode == status;
            },
            what,
            Cancellation);
        return text;
    }

    private async Task<string> ListenerAsync(IPEndPoint admin)
    {
        var lines = "";
        await Eventually.HoldsAsync(
            async () => (lines = await _client.GetStringAsync($"http://{admin}/listeners", Cancellation)).StartsWith("in::127.0.0.1:", StringComparison.Ordinal),
            "the listener is open",
            Cancellation);
        return lines.Split("::")[1].Trim();
    }

    private string Write(string text)
    {
        var file = Path.Combine(_folder, "proxy.json");
        File.WriteAllText(file, text);
        return file;
    }

    private static string StaticFile(int upstream = 1) => $$$"""
        {
          "admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0} } },
          "static_resources": {
            "listeners": [{{{Listener(""", {"match": {"prefix": "/"}, "route": {"cluster": "app"} } """)}}}],
            "clusters": [{"name": "app", "type": "STATIC", "load_assignment": {"endpoints": [{"lb_endpoints": [
              {"endpoint": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": {{{upstream}}} } } } }]}]} }]
          }
        }
        """;

    private static string Listener(string moreRoutes) => $$$"""
        {"name": "in", "address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}}, "filter_chains": [{"filters": [{
          "name": "envoy.filters.network.http_connection_manager",
          "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": "in",
            "access_log": [{"name": "envoy.access_loggers.file", "typed_config": {
              "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog", "path": "/dev/stdout",
              "log_format": {"text_format_source": {"inline_string": "%REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS%\n"} } } }],
            "route_config": {"name": "r", "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [
              {"match": {"path": "/hello"}, "direct_response": {"status": 200, "body": {"inline_string": "hello"} } } {{{moreRoutes}}}]}]} } }]}]}
        """;
}
