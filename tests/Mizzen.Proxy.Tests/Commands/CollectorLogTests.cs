using System.Collections.Concurrent;
using System.Net;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Mizzen.Testing;
using OpenTelemetry.Proto.Collector.Logs.V1;

namespace Mizzen.Proxy.Tests.Commands;

/// <summary>Access logs at a collector of OTLP, a real gRPC server.</summary>
public sealed class CollectorLogTests : IDisposable
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;
    private readonly string _folder = Directory.CreateTempSubdirectory("mizzen-otlp-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Requests_arrive_as_records_and_what_the_collector_refuses_is_counted()
    {
        var collector = new Collector();
        await using var app = await StartAsync(collector);
        await using var program = ProxyProgram.Start(["--config", Configuration(IPEndPoint.Parse(new Uri(app.Urls.Single()).Authority).Port)]);
        var admin = await program.EndPointAsync("admin", Cancellation);
        using var http = new HttpClient();
        var address = "";
        await Eventually.HoldsAsync(
            async () => (address = await http.GetStringAsync($"http://{admin}/listeners", Cancellation)).StartsWith("in::127.0.0.1:", StringComparison.Ordinal),
            "the listener is open",
            Cancellation);
        address = address.Split('\n')[0].Split("::")[1];

        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{address}/hello");
        request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        _ = await http.SendAsync(request, Cancellation);
        await Eventually.HoldsAsync(() => !collector.Requests.IsEmpty, "the record comes", Cancellation);

        var logs = collector.Requests.Single().ResourceLogs.Single();
        var record = logs.ScopeLogs.Single().LogRecords.Single();
        Assert.Equal("GET /hello 204", record.Body.StringValue);
        Assert.Equal(["code=204", "host=-"], record.Attributes.Select(entry => $"{entry.Key}={entry.Value.StringValue}"));
        Assert.Equal("0AF7651916CD43DD8448EB211C80319C", Convert.ToHexString(record.TraceId.Span));
        Assert.Equal("B7AD6B7169203331", Convert.ToHexString(record.SpanId.Span));
        Assert.InRange(DateTimeOffset.UnixEpoch.AddTicks((long)record.TimeUnixNano / 100), DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow);
        Assert.Equal(["log_name=requests", "team=shop"], logs.Resource.Attributes.Where(entry => entry.Key != "node_name").Select(entry => $"{entry.Key}={entry.Value.StringValue}"));
        await CountsAsync(http, admin, written: 1, dropped: 0);

        collector.Refuses = true;
        _ = await http.GetAsync(new Uri($"http://{address}/hello"), Cancellation);
        await CountsAsync(http, admin, written: 1, dropped: 1);
    }

    private static Task CountsAsync(HttpClient http, IPEndPoint admin, int written, int dropped) => Eventually.HoldsAsync(
        async () =>
        {
            var stats = await http.GetStringAsync($"http://{admin}/stats", Cancellation);
            return stats.Contains($"access_logs.open_telemetry_access_log.logs_written: {written}", StringComparison.Ordinal)
                && (dropped == 0 || stats.Contains($"access_logs.open_telemetry_access_log.logs_dropped: {dropped}", StringComparison.Ordinal));
        },
        $"{written} written, {dropped} dropped",
        Cancellation);

    private static async Task<WebApplication> StartAsync(Collector collector)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(collector);
        var app = builder.Build();
        app.MapGrpcService<Collector>();
        await app.StartAsync(Cancellation);
        return app;
    }

    private string Configuration(int collector)
    {
        var file = Path.Combine(_folder, "proxy.json");
        File.WriteAllText(file, $$$"""
            {"admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0} } },
             "static_resources": {
               "clusters": [{"name": "collector", "type": "STATIC", "connect_timeout": "1s",
                 "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                   "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions", "explicit_http_config": {"http2_protocol_options": {} } } },
                 "load_assignment": {"cluster_name": "collector", "endpoints": [{"lb_endpoints": [{"endpoint": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": {{{collector}}} } } } }]}]}
               }],
               "listeners": [{"name": "in", "address": {"socket_address": {"address": "127.0.0.1", "port_value": 0} }, "filter_chains": [{"filters": [{
                 "name": "envoy.filters.network.http_connection_manager",
                 "typed_config": {
                   "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                   "stat_prefix": "in",
                   "access_log": [{"name": "envoy.access_loggers.open_telemetry", "typed_config": {
                     "@type": "type.googleapis.com/envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig",
                     "common_config": {"log_name": "requests", "grpc_service": {"envoy_grpc": {"cluster_name": "collector"} } },
                     "body": {"string_value": "%REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE%"},
                     "attributes": {"values": [{"key": "code", "value": {"string_value": "%RESPONSE_CODE%"} }, {"key": "host", "value": {"string_value": "%UPSTREAM_HOST%"} }]},
                     "resource_attributes": {"values": [{"key": "team", "value": {"string_value": "shop"} }]} } }],
                   "route_config": {"name": "r", "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [
                     {"match": {"prefix": "/"}, "direct_response": {"status": 204} }]}]} } }]}]}]} }
            """);
        return file;
    }

    private sealed class Collector : LogsService.LogsServiceBase
    {
        public ConcurrentQueue<ExportLogsServiceRequest> Requests { get; } = [];

        public bool Refuses { get; set; }

        public override Task<ExportLogsServiceResponse> Export(ExportLogsServiceRequest request, ServerCallContext context)
        {
            Requests.Enqueue(request);
            return Task.FromResult(new ExportLogsServiceResponse { PartialSuccess = Refuses ? new ExportLogsPartialSuccess { RejectedLogRecords = 1 } : null });
        }
    }
}
