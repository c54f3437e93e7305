using System.Text;
using Envoy.Extensions.AccessLoggers.File.V3;
using Mizzen.Proxy.Configuration;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Tests.Configuration;

public sealed class AccessLogCompilerTests
{
    [Theory]
    [InlineData("plain text", "Literal(plain text)")]
    [InlineData("100%% %PROTOCOL%", "Literal(100% ) Protocol()")]
    [InlineData("%REQ(X-A?:PATH):20%", "RequestHeader(x-a?:path):20")]
    [InlineData("%REQ(:METHOD)%%RESPONSE_CODE%", "RequestHeader(:method) ResponseCode()")]
    [InlineData("%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%", "UpstreamServiceTime()")]
    [InlineData("%REQ_WITHOUT_QUERY(:PATH)%", "RequestHeaderWithoutQuery(:path)")]
    public void Text(string format, string expected)
    {
        var (compiled, refusal) = Compile(format);
        Assert.Equal("", refusal);
        Assert.False(compiled.IsJson);
        Assert.Equal(expected, string.Join(' ', compiled.Fields[0].Parts.Select(Describe)));
    }

    [Theory]
    [InlineData("%RESP(CONTENT-TYPE)%", "log.text_format: this proxy has no operator %RESP(CONTENT-TYPE)%; it has BYTES_RECEIVED")]
    [InlineData("%CEL(request.path)%", "no operator %CEL(request.path)%")]
    [InlineData("%NOSUCH%", "no operator %NOSUCH%")]
    [InlineData("%PROTOCOL", "'%PROTOCOL' is not ended by %")]
    [InlineData("%REQ(X):many%", "':many' is not a length")]
    public void What_cannot_be_written_is_refused(string format, string refusal) => Assert.Contains(refusal, Compile(format).Refusal, StringComparison.Ordinal);

    [Fact]
    public void A_log_without_a_format_has_Envoys()
    {
        var format = AccessLogCompiler.Compile(XdsText.Message<FileAccessLog>("""{"path": "/dev/stdout"}"""), new Problems());
        Assert.Equal("Literal([) StartTime() Literal(] \")", string.Join(' ', format.Fields[0].Parts.Take(3).Select(Describe)));
    }

    [Fact]
    public void Json_fields_are_ordered_by_key_and_hold_texts()
    {
        var problems = new Problems();
        var format = AccessLogCompiler.Compile(
            XdsText.Message<FileAccessLog>("""{"log_format": {"json_format": {"b": "%PROTOCOL%", "a": "x"}}}"""), problems);
        Assert.True(format.IsJson);
        Assert.Equal(["\"a\"", "\"b\""], format.Fields.Select(field => Encoding.UTF8.GetString(field.Key)));
        Assert.True(problems.IsEmpty);

        _ = AccessLogCompiler.Compile(XdsText.Message<FileAccessLog>("""{"log_format": {"json_format": {"n": 1}}}"""), problems);
        Assert.Equal("json_format.n: only texts can be values here", problems.ToString());
    }

    private static (AccessLogFormat Format, string Refusal) Compile(string format)
    {
        var problems = new Problems();
        using var scope = problems.At("log");
        var message = new FileAccessLog { LogFormat = new Envoy.Config.Core.V3.SubstitutionFormatString { TextFormatSource = new() { InlineString = format } } };
        return (AccessLogCompiler.Compile(message, problems), problems.ToString());
    }

    private static string Describe(AccessLogPart part)
    {
        var alternative = part.Alternative.Length > 0 ? "?" + Encoding.UTF8.GetString(part.Alternative) : "";
        return $"{part.Operator}({Encoding.UTF8.GetString(part.Text)}{alternative}){(part.MaxLength > 0 ? $":{part.MaxLength}" : "")}";
    }
}
