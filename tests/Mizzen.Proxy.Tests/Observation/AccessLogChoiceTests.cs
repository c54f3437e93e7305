using Envoy.Config.Accesslog.V3;
using Mizzen.Proxy.Configuration;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Observation.AccessLogs;
using Mizzen.Proxy.Tests.Configuration;

namespace Mizzen.Proxy.Tests.Observation;

/// <summary>Which exchanges are worth a line; each is GET / with x-team: blue that took 200 ms.</summary>
public sealed class AccessLogChoiceTests
{
    [Theory]
    [InlineData("""{"status_code_filter": {"comparison": {"op": "GE", "value": {"default_value": 400}}}}""", 404, "", true)]
    [InlineData("""{"status_code_filter": {"comparison": {"op": "GE", "value": {"default_value": 400}}}}""", 302, "", false)]
    [InlineData("""{"status_code_filter": {"comparison": {"op": "LE", "value": {"default_value": 299}}}}""", 200, "", true)]
    [InlineData("""{"status_code_filter": {"comparison": {"op": "EQ", "value": {"default_value": 200}}}}""", 201, "", false)]
    [InlineData("""{"status_code_filter": {"comparison": {"op": "NE", "value": {"default_value": 200}}}}""", 201, "", true)]
    [InlineData("""{"duration_filter": {"comparison": {"op": "GE", "value": {"default_value": 200}}}}""", 200, "", true)]
    [InlineData("""{"duration_filter": {"comparison": {"op": "GE", "value": {"default_value": 201}}}}""", 200, "", false)]
    [InlineData("""{"header_filter": {"header": {"name": "x-team", "string_match": {"exact": "blue"}}}}""", 200, "", true)]
    [InlineData("""{"header_filter": {"header": {"name": "x-team", "string_match": {"exact": "red"}}}}""", 200, "", false)]
    [InlineData("""{"response_flag_filter": {}}""", 200, "", false)]
    [InlineData("""{"response_flag_filter": {}}""", 503, "NoHealthyUpstream", true)]
    [InlineData("""{"response_flag_filter": {"flags": ["UH", "UF"]}}""", 503, "NoHealthyUpstream", true)]
    [InlineData("""{"response_flag_filter": {"flags": ["UF"]}}""", 503, "NoHealthyUpstream", false)]
    [InlineData("""{"runtime_filter": {"percent_sampled": {"numerator": 50}}}""", 200, "", true)]
    [InlineData("""{"runtime_filter": {"percent_sampled": {"numerator": 49}}}""", 200, "", false)]
    [InlineData("""{"and_filter": {"filters": [{"response_flag_filter": {}}, {"duration_filter": {"comparison": {"op": "GE"}}}]}}""", 200, "", false)]
    [InlineData("""{"or_filter": {"filters": [{"response_flag_filter": {}}, {"duration_filter": {"comparison": {"op": "GE"}}}]}}""", 200, "", true)]
    public void A_line_is_written(string json, int status, string flag, bool expected)
    {
        var problems = new Problems();
        var filter = AccessLogFilterCompiler.Compile(XdsText.Message<AccessLogFilter>(json), problems)!;
        Assert.Equal("", problems.ToString());
        var flags = flag.Length == 0 ? ResponseFlags.None : Enum.Parse<ResponseFlags>(flag);
        var request = new RequestHead();
        var scanned = 0;
        _ = request.Read(new BufferPool(), "GET / HTTP/1.1\r\nhost: a\r\nx-team: blue\r\n\r\n"u8, ref scanned, out _);

        Assert.Equal(expected, AccessLogChoice.Holds(filter, status, 200, flags, request, dice: 499_999));
    }

    [Fact]
    public void An_unknown_filter_is_refused()
    {
        var problems = new Problems();
        _ = AccessLogFilterCompiler.Compile(new AccessLogFilter(), problems);
        Assert.Equal("filter: this proxy has no such filter of access logs", problems.ToString());
    }
}
