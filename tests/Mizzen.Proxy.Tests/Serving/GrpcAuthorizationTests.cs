using System.Collections.Concurrent;
using System.Net;
using Envoy.Config.Core.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Envoy.Service.Auth.V3;
using Envoy.Type.V3;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Mizzen.Proxy.Configuration;
using Mizzen.Proxy.Configuration.HttpFilters;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Tests.Configuration;

namespace Mizzen.Proxy.Tests.Serving;

/// <summary>A request is let pass by a service of <c>envoy.service.auth.v3.Authorization</c>, a real gRPC server.</summary>
public sealed class GrpcAuthorizationTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_service_is_told_of_the_request_and_changes_it()
    {
        var asked = new ConcurrentQueue<CheckRequest>();
        await using var service = await StartAsync(request =>
        {
            asked.Enqueue(request);
            return new CheckResponse
            {
                Status = new Google.Rpc.Status(),
                OkResponse = new OkHttpResponse
                {
                    Headers = { Header("x-user", "alice"), Header("x-list", "2", append: true), Header("content-length", "0"), Header("bad name", "1") },
                    HeadersToRemove = { "x-secret", "host" },
                    ResponseHeadersToAdd = { Header("x-client", "hello") },
                },
            };
        });
        await using var upstream = TestUpstream.Answering((head, body) => TestUpstream.Ok(head + body));
        await using var engine = Engine(service, upstream);
        using var client = await engine.ConnectAsync();

        await client.SendAsync("POST /a?b=c HTTP/1.1\r\nhost: test\r\nx-user: mallory\r\nx-list: 1\r\nx-secret: s\r\ncookie: a\r\ncookie: b\r\ncontent-length: 5\r\n\r\nhello");
        var response = await client.ReadResponseAsync();

        Assert.Equal((200, "hello"), (response.Status, response["x-client"]));
        Assert.Contains("x-user: alice\r\n", response.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("mallory", response.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("x-secret", response.Body, StringComparison.Ordinal);
        Assert.Contains("x-list: 1\r\n", response.Body, StringComparison.Ordinal);
        Assert.Contains("x-list: 2\r\n", response.Body, StringComparison.Ordinal);
        Assert.EndsWith("hello", response.Body, StringComparison.Ordinal);
        var attributes = Assert.Single(asked).Attributes;
        var http = attributes.Request.Http;
        Assert.Equal(("POST", "/a?b=c", "test", "HTTP/1.1", 5, "hello"), (http.Method, http.Path, http.Host, http.Protocol, http.Size, http.Body));
        Assert.Equal(("mallory", "a,b", "/a?b=c"), (http.Headers["x-user"], http.Headers["cookie"], http.Headers[":path"]));
        Assert.Equal("127.0.0.1", attributes.Source.Address.SocketAddress.Address);
        Assert.Equal((uint)engine.Address.Port, attributes.Destination.Address.SocketAddress.PortValue);
        Assert.Equal("shop", Assert.Single(attributes.ContextExtensions).Value);
    }

    [Fact]
    public async Task A_refusal_is_answered_as_the_service_says()
    {
        await using var service = await StartAsync(_ => new CheckResponse
        {
            Status = new Google.Rpc.Status { Code = 7 },
            DeniedResponse = new DeniedHttpResponse
            {
                Status = new HttpStatus { Code = 401 },
                Body = "log in",
                Headers = { Header("www-authenticate", "Basic"), Header("content-type", "text/html") },
            },
        });
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("up"));
        await using var engine = Engine(service, upstream);

        var response = await engine.GetAsync();

        Assert.Equal((401, "log in", "Basic", "text/html"), (response.Status, response.Body, response["www-authenticate"], response["content-type"]));
        Assert.Empty(upstream.Heads);
        var outcome = await engine.OutcomeAsync();
        Assert.Equal((ResponseFlags.UnauthorizedExternalService, "ext_authz_denied"), (outcome.Flags, outcome.Details));
        Assert.Equal(1, engine.Observer.Counts["http.in.ext_authz.denied"]);
    }

    [Fact]
    public async Task A_refusal_without_words_is_a_403()
    {
        await using var service = await StartAsync(_ => new CheckResponse { Status = new Google.Rpc.Status { Code = 16 } });
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("up"));
        await using var engine = Engine(service, upstream);
        Assert.Equal(403, (await engine.GetAsync()).Status);
    }

    [Theory]
    [InlineData("", 403)]
    [InlineData(""" "status_on_error": {"code": 503}, """, 503)]
    [InlineData(""" "failure_mode_allow": true, """, 200)]
    public async Task A_call_that_fails_is_decided_by_the_configuration(string setting, int status)
    {
        await using var service = await StartAsync(_ => throw new RpcException(new Status(StatusCode.Unavailable, "no")));
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("up"));
        await using var engine = Engine(service, upstream, setting);
        Assert.Equal(status, (await engine.GetAsync()).Status);
        Assert.Equal(1, engine.Observer.Counts["http.in.ext_authz.error"]);
    }

    private static HeaderValueOption Header(string name, string value, bool? append = null) =>
        new() { Header = new HeaderValue { Key = name, Value = value }, Append = append };

    private static TestEngine Engine(WebApplication service, TestUpstream upstream, string setting = "")
    {
        var problems = new Problems();
        var message = XdsText.Message<HttpConnectionManager>($$$"""
            {"http_filters": [{"name": "a", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz", {{{setting}}}
              "with_request_body": {"max_request_bytes": 100}, "transport_api_version": "V3",
              "grpc_service": {"envoy_grpc": {"cluster_name": "service"}, "timeout": "10s"} } }]}
            """);
        var route = XdsText.Message<Envoy.Config.Route.V3.Route>("""
            {"typed_per_filter_config": {"a": {"@type": "type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute",
              "check_settings": {"context_extensions": {"tenant": "shop"}}}}}
            """);
        var filters = HttpFilterCompiler.Compile(message.HttpFilters, problems);
        var routes = TestEngine.Routes(TestEngine.Route() with { Filters = HttpFilterCompiler.Overrides(route.TypedPerFilterConfig, problems) });
        Assert.Equal("", problems.ToString());
        var engine = new TestEngine();
        engine.Publish(
            new HttpModel { StatPrefix = "in", Filters = filters, Routes = routes },
            TestEngine.Cluster("app", upstream.Address),
            TestEngine.Cluster("service", new IPEndPoint(IPAddress.Loopback, new Uri(service.Urls.Single()).Port)) with { Protocol = UpstreamProtocol.Http2 });
        return engine;
    }

    private static async Task<WebApplication> StartAsync(Func<CheckRequest, CheckResponse> decide)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(decide);
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        app.MapGrpcService<Service>();
        await app.StartAsync(Cancel);
        return app;
    }

    private sealed class Service(Func<CheckRequest, CheckResponse> decide) : Envoy.Service.Auth.V3.Authorization.AuthorizationBase
    {
        public override Task<CheckResponse> Check(CheckRequest request, ServerCallContext context) => Task.FromResult(decide(request));
    }
}
