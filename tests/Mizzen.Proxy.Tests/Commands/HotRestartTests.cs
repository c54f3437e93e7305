using System.Net;
using System.Net.Sockets;
using Mizzen.Proxy.Tests.Serving;
using Mizzen.Testing;

namespace Mizzen.Proxy.Tests.Commands;

/// <summary>One process takes the listening sockets over from another.</summary>
public sealed class HotRestartTests : IDisposable
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;
    private readonly string _folder = Directory.CreateTempSubdirectory("mizzen-restart-").FullName;

    private string Handover => Path.Combine(_folder, "handover");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Clients_that_keep_their_connections_lose_no_request_during_two_restarts()
    {
        await using var first = Start("one");
        var address = await ListenerAsync(first);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var seen = new System.Collections.Concurrent.ConcurrentDictionary<string, int>();
        var clients = Enumerable.Range(0, 4).Select(_ => AskAsync(address, seen, stop.Token)).ToArray();
        await Eventually.HoldsAsync(() => seen.ContainsKey("one"), "the first serves", Cancellation);

        await using var second = Start("two");
        await first.WaitAsync(Cancellation);
        Assert.Equal(0, first.ExitCode);
        await Eventually.HoldsAsync(() => seen.ContainsKey("two"), "the second serves", Cancellation);

        // Fewer loops than sockets: every socket still has a loop.
        await using var third = Start("three", loops: 1);
        await second.WaitAsync(Cancellation);
        Assert.Equal(0, second.ExitCode);
        await Eventually.HoldsAsync(() => seen.GetValueOrDefault("three") > 100, "the third serves", Cancellation);

        await stop.CancelAsync();
        await Task.WhenAll(clients);
        third.Terminate();
        await third.WaitAsync(Cancellation);
        Assert.Equal(seen.Values.Sum(), new[] { first, second, third }.Sum(program => program.Output.Split('\n').Count(line => line == "GET / 200")));
        Assert.Contains("another process has taken over", first.Errors, StringComparison.Ordinal);
        Assert.Contains($"took over 2 listening addresses from the process at {Handover}", third.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_newer_process_that_cannot_serve_leaves_the_older_one_alone()
    {
        await using var first = Start("one");
        var address = await ListenerAsync(first);
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();

        await using var second = Start("two", $", {Listener("other", ((IPEndPoint)taken.LocalEndpoint).Port, "x")}");
        await second.WaitAsync(Cancellation);

        Assert.Equal(1, second.ExitCode);
        await Eventually.HoldsAsync(() => first.Errors.Contains("has left without serving: serving on", StringComparison.Ordinal), "the first goes on", Cancellation);
        using var client = await RawClient.ConnectAsync(address);
        await client.SendAsync("GET / HTTP/1.1\r\nhost: test\r\n\r\n");
        Assert.Equal("one", (await client.ReadResponseAsync()).Body);
    }

    [Fact]
    public async Task A_file_that_is_no_socket_stays_as_it_is()
    {
        await File.WriteAllTextAsync(Handover, "mine", Cancellation);
        await using var program = Start("one");
        await program.WaitAsync(Cancellation);
        Assert.Equal(1, program.ExitCode);
        Assert.Contains($"{Handover} is a file, not a socket", program.Errors, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(Handover, Cancellation));
    }

    private static async Task AskAsync(IPEndPoint address, System.Collections.Concurrent.ConcurrentDictionary<string, int> seen, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            using var client = await RawClient.ConnectAsync(address);
            RawResponse response;
            do
            {
                await client.SendAsync("GET / HTTP/1.1\r\nhost: test\r\n\r\n");
                response = await client.ReadResponseAsync();
                Assert.Equal(200, response.Status);
                seen.AddOrUpdate(response.Body, 1, static (_, count) => count + 1);
            }
            while (response["connection"] != "close" && !stop.IsCancellationRequested);
        }
    }

    private static async Task<IPEndPoint> ListenerAsync(ProxyProgram program)
    {
        var admin = await program.EndPointAsync("admin", Cancellation);
        using var http = new HttpClient();
        var lines = "";
        await Eventually.HoldsAsync(
            async () => (lines = await http.GetStringAsync($"http://{admin}/listeners", Cancellation)).StartsWith("in::127.0.0.1:", StringComparison.Ordinal),
            "the listener is open",
            Cancellation);
        return IPEndPoint.Parse(lines.Split('\n')[0].Split("::")[1]);
    }

    private static string Listener(string name, int port, string body) => $$$"""
        {"name": "{{{name}}}", "address": {"socket_address": {"address": "127.0.0.1", "port_value": {{{port}}}}}, "filter_chains": [{"filters": [{
          "name": "envoy.filters.network.http_connection_manager",
          "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": "in",
            "access_log": [{"name": "envoy.access_loggers.file", "typed_config": {
              "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog", "path": "/dev/stdout",
              "log_format": {"text_format_source": {"inline_string": "%REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE%\n"} } } }],
            "route_config": {"name": "r", "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [
              {"match": {"prefix": "/"}, "direct_response": {"status": 200, "body": {"inline_string": "{{{body}}}"} } }]}]} } }]}]}
        """;

    private ProxyProgram Start(string body, string moreListeners = "", int loops = 2)
    {
        var file = Path.Combine(_folder, $"{body}.json");
        File.WriteAllText(file, $$$"""
            {"admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0} } },
             "static_resources": {"listeners": [{{{Listener("in", 0, body)}}}{{{moreListeners}}}]}}
            """);
        return ProxyProgram.Start(["--config", file, "--concurrency", $"{loops}", "--hot-restart", Handover]);
    }
}
