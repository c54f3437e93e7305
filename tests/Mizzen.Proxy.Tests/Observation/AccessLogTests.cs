using System.Text;
using Envoy.Config.Core.V3;
using Envoy.Extensions.AccessLoggers.File.V3;
using Mizzen.Proxy.Configuration;
using Mizzen.Proxy.Logging;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Observation.AccessLogs;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Tests.Configuration;

namespace Mizzen.Proxy.Tests.Observation;

public sealed class AccessLogTests : IDisposable
{
    /// <summary>Istio's default text format.</summary>
    private const string Istio =
        "[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\" %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% "
        + "%CONNECTION_TERMINATION_DETAILS% \"%UPSTREAM_TRANSPORT_FAILURE_REASON%\" %BYTES_RECEIVED% %BYTES_SENT% %DURATION% "
        + "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% \"%REQ(X-FORWARDED-FOR)%\" \"%REQ(USER-AGENT)%\" \"%REQ(X-REQUEST-ID)%\" \"%REQ(:AUTHORITY)%\" "
        + "\"%UPSTREAM_HOST%\" %UPSTREAM_CLUSTER_RAW% %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% "
        + "%REQUESTED_SERVER_NAME% %ROUTE_NAME%\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("mizzen-log-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Istios_text_line()
    {
        var record = Records.Exchange("GET /new?q=1 HTTP/1.1\r\nHost: backend\r\nUser-Agent: curl/8\r\nX-Request-Id: abc\r\n\r\n");
        record.OriginalPath = record.Request.Keep("/old?q=1"u8);
        record.UpstreamMilliseconds = 11;
        record.Details = "via_upstream";
        record.Route = new RouteModel { Name = "default", Match = new RouteMatchModel(), Action = new RouteActionModel.Direct(200, []) };

        Assert.Equal(
            "[2026-01-02T03:04:05.678Z] \"GET /old?q=1 HTTP/1.1\" 200 - via_upstream - \"-\" 3 700 12 11 \"-\" \"curl/8\" \"abc\" \"backend\" "
            + "\"10.0.0.2:3000\" outbound|80||backend.default.svc.cluster.local 10.0.0.1:50000 10.96.0.5:80 10.0.0.1:40000 - default\n",
            Line(Text(Istio), record));
    }

    [Theory]
    [InlineData("%REQ(:PATH)%", "/a?b=1")]
    [InlineData("%REQ_WITHOUT_QUERY(:PATH)%", "/a")]
    [InlineData("%REQ(X-LONG):4%", "0123")]
    [InlineData("%REQ(X-NONE)%", "-")]
    [InlineData("%REQ(X-NONE?:METHOD)%", "POST")]
    [InlineData("%RESPONSE_FLAGS% %RESPONSE_FLAGS_LONG%", "UH NoHealthyUpstream")]
    [InlineData("%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %DOWNSTREAM_REMOTE_PORT%", "10.0.0.1 40000")]
    [InlineData("%UPSTREAM_REQUEST_ATTEMPT_COUNT% %GRPC_STATUS_NUMBER%", "1 -")]
    [InlineData("50%%", "50%")]
    public void Operators(string format, string expected)
    {
        var record = Records.Exchange("POST /a?b=1 HTTP/1.1\r\nHost: h\r\nX-Long: 0123456789\r\n\r\n");
        record.Flags = ResponseFlags.NoHealthyUpstream;
        Assert.Equal(expected, Line(Text(format), record));
    }

    [Fact]
    public void Json_has_numbers_where_a_value_is_one_nulls_where_there_is_none_and_escapes()
    {
        var record = Records.Exchange("GET / HTTP/1.1\r\nHost: h\r\nUser-Agent: a\"\\b\tc\r\n\r\n");
        var format = Json("""
            {"agent": "%REQ(USER-AGENT)%", "code": "%RESPONSE_CODE%", "text": "code %RESPONSE_CODE% \"x\"", "sni": "%REQUESTED_SERVER_NAME%", "time": "%START_TIME%"}
            """);

        Assert.Equal(
            """{"agent":"a\"\\b\u0009c","code":200,"sni":null,"text":"code 200 \"x\"","time":"2026-01-02T03:04:05.678Z"}""" + "\n",
            Line(format, record));
    }

    [Fact]
    public void A_connection_has_no_request()
    {
        var record = Records.Connection(Records.Outbound, Records.Named("PassthroughCluster"));
        var lines = new TextBuffer(64);
        var logged = new LoggedEvent();
        logged.Take(record);
        AccessLogLine.Write(Text("%REQ(:METHOD)% %PROTOCOL% %RESPONSE_CODE% %UPSTREAM_CLUSTER% %DOWNSTREAM_REMOTE_ADDRESS%"), logged, lines);
        Assert.Equal("- - 0 PassthroughCluster 10.0.0.1:40000", Encoding.UTF8.GetString(lines.Written));
    }

    [Fact]
    public async Task No_line_is_lost_at_the_end()
    {
        var path = Path.Combine(_folder, "access.log");
        var sink = new AccessLogSink(LogOutput.Silent.For("log"), static (_, _) => { });
        var log = new LoopAccessLog(sink, "node");
        AccessLogModel[] logs = [new FileLogModel(path, Text("%BYTES_SENT%\n"))];
        var record = Records.Exchange();
        for (var i = 0; i < 5_000; i++)
        {
            record.BytesSent = i;
            log.Write(logs, record);
        }

        log.Flush();
        await sink.DisposeAsync();
        Assert.Equal(Enumerable.Range(0, 5_000).Select(i => $"{i}"), await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken));
        Assert.Equal(0, sink.Dropped);
    }

    [Fact]
    public async Task A_file_that_was_moved_away_is_left_when_it_is_said()
    {
        var path = Path.Combine(_folder, "access.log");
        var sink = new AccessLogSink(LogOutput.Silent.For("log"), static (_, _) => { });
        Hand(sink, path, "one\n");
        await Mizzen.Testing.Eventually.HoldsAsync(() => File.Exists(path) && new FileInfo(path).Length == 4, "the line is written", TestContext.Current.CancellationToken);

        File.Move(path, path + ".1");
        Hand(sink, path, "two\n");
        sink.Reopen();
        Hand(sink, path, "three\n");
        await sink.DisposeAsync();

        Assert.Equal("one\ntwo\n", await File.ReadAllTextAsync(path + ".1", TestContext.Current.CancellationToken));
        Assert.Equal("three\n", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_full_disk_and_a_missing_folder_are_counted_told_once_and_tried_again()
    {
        var counts = new System.Collections.Concurrent.ConcurrentDictionary<string, long>();
        var lines = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var folder = Path.Combine(_folder, "later");
        var sink = new AccessLogSink(
            new LogOutput(LogLevel.Debug, TimeProvider.System, lines.Enqueue).For("log"), (key, amount) => counts.AddOrUpdate(key.Name, amount, (_, count) => count + amount));
        for (var i = 0; i < 3; i++)
        {
            Hand(sink, "/dev/full", "lost\n");
            Hand(sink, Path.Combine(folder, "log"), "lost\n");
        }

        await Mizzen.Testing.Eventually.HoldsAsync(
            () => counts.GetValueOrDefault("access_log_file.write_failed") == 3 && counts.GetValueOrDefault("access_log_file.reopen_failed") == 3,
            "failures are counted",
            TestContext.Current.CancellationToken);
        Directory.CreateDirectory(folder);
        Hand(sink, Path.Combine(folder, "log"), "kept\n");
        await sink.DisposeAsync();

        Assert.Equal("kept\n", await File.ReadAllTextAsync(Path.Combine(folder, "log"), TestContext.Current.CancellationToken));
        Assert.Single(lines, line => line.Contains("access log /dev/full: lines are lost: No space left on device", StringComparison.Ordinal));
        Assert.Single(lines, line => line.Contains("lines are lost: No such file or directory", StringComparison.Ordinal));
        Assert.Single(lines, line => line.Contains("lines are written again", StringComparison.Ordinal));
    }

    [Fact]
    public void Writing_lines_allocates_nothing()
    {
        var record = Records.Exchange();
        var format = Text(Istio);
        var lines = new TextBuffer(4096);
        var logged = new LoggedEvent();
        void Once()
        {
            lines.Truncate(0);
            logged.Take(record);
            AccessLogLine.Write(format, logged, lines);
        }

        Once();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            Once();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Hand(AccessLogSink sink, string path, string text)
    {
        var lines = new TextBuffer(16);
        lines.Append(text);
        _ = sink.Exchange(path, lines);
    }

    private static string Line(AccessLogFormat format, ExchangeRecord record)
    {
        var lines = new TextBuffer(64);
        var logged = new LoggedEvent();
        logged.Take(record);
        AccessLogLine.Write(format, logged, lines);
        return Encoding.UTF8.GetString(lines.Written);
    }

    private static AccessLogFormat Text(string format) =>
        Compile(new FileAccessLog { LogFormat = new SubstitutionFormatString { TextFormatSource = new DataSource { InlineString = format } } });

    private static AccessLogFormat Json(string fields) => Compile(XdsText.Message<FileAccessLog>($$"""{"log_format": {"json_format": {{fields}} } }"""));

    private static AccessLogFormat Compile(FileAccessLog message)
    {
        var problems = new Problems();
        var format = AccessLogCompiler.Compile(message, problems);
        Assert.Equal("", problems.ToString());
        return format;
    }
}
