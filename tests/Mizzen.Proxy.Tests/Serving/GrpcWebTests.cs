using System.Net;
using System.Text;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Web;
using Microsoft.AspNetCore.Builder;
using Mizzen.Proxy.Configuration;
using Mizzen.Proxy.Configuration.HttpFilters;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Tests.Configuration;

namespace Mizzen.Proxy.Tests.Serving;

/// <summary>.NET's client of gRPC-Web, which speaks as browsers do, and a gRPC server that does not know of it.</summary>
public sealed class GrpcWebTests
{
    private static readonly byte[] Hello = [0, 0, 0, 0, 5, .. "hello"u8];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(GrpcWebMode.GrpcWeb, "1.1")]
    [InlineData(GrpcWebMode.GrpcWeb, "2.0")]
    [InlineData(GrpcWebMode.GrpcWebText, "1.1")]
    [InlineData(GrpcWebMode.GrpcWebText, "2.0")]
    public async Task Browsers_call_gRPC_services(GrpcWebMode mode, string version)
    {
        await using var app = await EchoService.StartAsync("app");
        await using var engine = Serving(app);
        using var channel = Channel(engine, mode, version);
        var invoker = channel.CreateCallInvoker();

        using var say = invoker.AsyncUnaryCall(EchoBase.SayMethod, null, Options(), new string('x', 10_000));
        Assert.Equal($"app: {new string('x', 10_000)}", await say.ResponseAsync);

        using var count = invoker.AsyncServerStreamingCall(EchoBase.CountMethod, null, Options(), "300");
        Assert.Equal(Enumerable.Range(1, 300).Select(i => $"{i}"), await count.ResponseStream.ReadAllAsync(Cancel).ToListAsync(Cancel));

        var error = await Assert.ThrowsAsync<RpcException>(async () => await invoker.AsyncUnaryCall(EchoBase.SayMethod, null, Options(), "error 5"));
        Assert.Equal((StatusCode.NotFound, "as asked for: 100 %"), (error.StatusCode, error.Status.Detail));
    }

    [Fact]
    public async Task Failures_of_the_proxy_are_ones_that_the_client_understands()
    {
        await using var engine = new TestEngine();
        engine.Publish(Http(), TestEngine.Cluster("app", TestUpstream.Nobody()) with { Protocol = UpstreamProtocol.Http2 });
        using var channel = Channel(engine, GrpcWebMode.GrpcWeb, "1.1");

        var error = await Assert.ThrowsAsync<RpcException>(async () => await channel.CreateCallInvoker().AsyncUnaryCall(EchoBase.SayMethod, null, Options(), "hello"));

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains("remote connection failure", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_is_not_gRPC_becomes_its_status_without_the_body()
    {
        await using var upstream = TestUpstream.Answering((_, _) => "HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/html\r\ncontent-length: 4\r\n\r\nbusy");
        await using var engine = new TestEngine();
        engine.Publish(Http(), TestEngine.Cluster("app", upstream.Address));

        var answer = await PostAsync(engine, "application/grpc-web+proto", Hello);

        Assert.Equal((200, "application/grpc-web+proto", "14", "Service Unavailable", ""), (answer.Status, answer["content-type"], answer["grpc-status"], answer["grpc-message"], answer.Body));
    }

    [Theory]
    [InlineData("AAAAAAVoZWxsbw==", "hello")]
    [InlineData("AAAAAAU=aGVsbG8=", "hello")]
    [InlineData("AA==AAAAAAVoZWxsbw==", "rest")]
    public async Task Base64_may_come_in_pieces_each_with_its_padding(string text, string expected)
    {
        await using var upstream = TestUpstream.Answering((head, body) =>
            $"HTTP/1.1 200 OK\r\ncontent-type: application/grpc\r\ncontent-length: {body.Length}\r\nx-type: {(head.Contains("content-type: application/grpc\r\n", StringComparison.Ordinal) ? "grpc" : "web")}\r\n\r\n{body}");
        await using var engine = new TestEngine();
        engine.Publish(Http(), TestEngine.Cluster("app", upstream.Address));

        var answer = await PostAsync(engine, "application/grpc-web-text", Encoding.ASCII.GetBytes(text));

        // The body back, and an empty message of trailers.
        var body = Convert.FromBase64String(answer.Body[..answer.Body.LastIndexOf("gAAAAAA=", StringComparison.Ordinal)]);
        Assert.Equal("grpc", answer["x-type"]);
        Assert.Contains(expected == "hello" ? "hello" : "\0\0\0\0\0\u0005hello", Encoding.Latin1.GetString(body), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AAAA!AVo")]
    [InlineData("AAAAA")]
    public async Task What_is_no_base64_is_refused(string text)
    {
        await using var upstream = TestUpstream.Answering((_, body) => TestUpstream.Ok(body));
        await using var engine = new TestEngine();
        engine.Publish(Http(), TestEngine.Cluster("app", upstream.Address));

        var answer = await PostAsync(engine, "application/grpc-web-text", Encoding.ASCII.GetBytes(text));

        Assert.Equal(("13", "grpc_base_64_decode_failed"), (answer["grpc-status"], (await engine.OutcomeAsync()).Details));
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/grpc-webby")]
    [InlineData("application/grpc")]
    public async Task Other_requests_stay_as_they_are(string type)
    {
        await using var upstream = TestUpstream.Answering((head, body) => TestUpstream.Ok(head.Contains($"content-type: {type}\r\n", StringComparison.Ordinal) ? body : "changed"));
        await using var engine = new TestEngine();
        engine.Publish(Http(), TestEngine.Cluster("app", upstream.Address));

        Assert.Equal("body", (await PostAsync(engine, type, "body"u8.ToArray())).Body);
    }

    private static HttpModel Http() => new()
    {
        Routes = TestEngine.Routes(TestEngine.Route()),
        Filters = HttpFilterCompiler.Compile(
            XdsText.Message<HttpConnectionManager>("""
                {"http_filters": [{"name": "envoy.filters.http.grpc_web", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.grpc_web.v3.GrpcWeb"}}]}
                """).HttpFilters,
            new Problems()),
    };

    private static TestEngine Serving(WebApplication app)
    {
        var engine = new TestEngine();
        engine.Publish(Http(), TestEngine.Cluster("app", IPEndPoint.Parse(new Uri(app.Urls.Single()).Authority)) with { Protocol = UpstreamProtocol.Http2 });
        return engine;
    }

    private static GrpcChannel Channel(TestEngine engine, GrpcWebMode mode, string version) => GrpcChannel.ForAddress($"http://{engine.Address}", new GrpcChannelOptions
    {
        HttpHandler = new GrpcWebHandler(mode, new SocketsHttpHandler()),
        HttpVersion = Version.Parse(version),
        HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    });

    private static async Task<RawResponse> PostAsync(TestEngine engine, string type, byte[] body)
    {
        using var client = await RawClient.ConnectAsync(engine.Address);
        await client.SendAsync($"POST /test.Echo/Say HTTP/1.1\r\nhost: test\r\ncontent-type: {type}\r\ncontent-length: {body.Length}\r\n\r\n");
        await client.SendAsync(body);
        return await client.ReadResponseAsync();
    }

    private static CallOptions Options() => new(cancellationToken: Cancel);
}
