using System.IO.Compression;
using System.Text;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Mizzen.Proxy.Configuration;
using Mizzen.Proxy.Configuration.HttpFilters;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Tests.Configuration;

namespace Mizzen.Proxy.Tests.Serving;

/// <summary>Filters as their messages configure them, through real sockets.</summary>
public sealed class FilterTests
{
    private const string Type = "type.googleapis.com/envoy.extensions.filters.http";

    [Fact]
    public async Task Requests_without_a_token_are_refused_until_there_are_some_again()
    {
        await using var setup = Setup.With($$$$$$"""
            {"name": "limit", "typed_config": {"@type": "{{{{{{Type}}}}}}.local_ratelimit.v3.LocalRateLimit", "stat_prefix": "l",
              "token_bucket": {"max_tokens": 2, "fill_interval": "1000s"},
              "filter_enabled": {"default_value": {"numerator": 100}}, "filter_enforced": {"default_value": {"numerator": 100}},
              "response_headers_to_add": [{"header": {"key": "x-limited", "value": "yes"}}]}}
            """);

        Assert.Equal([200, 200, 429], await setup.StatusesAsync(3));
        var refused = await setup.Engine.GetAsync();
        Assert.Equal((429, "local_rate_limited", "yes"), (refused.Status, refused.Body, refused["x-limited"]));
        Assert.Equal((2, 2, 2), (setup.Count("l.http_local_rate_limit.ok"), setup.Count("l.http_local_rate_limit.rate_limited"), setup.Count("l.http_local_rate_limit.enforced")));
        await setup.Engine.OutcomeAsync();
        await setup.Engine.OutcomeAsync();
        Assert.Equal(ResponseFlags.RateLimited, (await setup.Engine.OutcomeAsync()).Flags);
    }

    [Fact]
    public async Task A_limit_that_is_not_enforced_only_counts()
    {
        await using var setup = Setup.With($$$$$$"""
            {"name": "limit", "typed_config": {"@type": "{{{{{{Type}}}}}}.local_ratelimit.v3.LocalRateLimit", "stat_prefix": "l",
              "token_bucket": {"max_tokens": 1, "fill_interval": "1000s"}, "filter_enabled": {"default_value": {"numerator": 100}}}}
            """);

        Assert.Equal([200, 200], await setup.StatusesAsync(2));
        Assert.Equal(1, setup.Count("l.http_local_rate_limit.rate_limited"));
    }

    [Fact]
    public async Task A_connection_without_a_token_is_closed()
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("ok"));
        await using var engine = new TestEngine();
        var limit = new ConnectionLimitModel("c", new TokenBucket(1, 1, 1_000_000));
        var tcp = new TcpModel { Clusters = [new WeightedClusterModel { Cluster = ClusterKey.Of("app") }], Filters = [limit] };
        engine.Publish([TestEngine.Listener(new FilterChainModel { Tcp = tcp })], TestEngine.Cluster("app", upstream.Address));

        Assert.Equal("ok", (await engine.GetAsync()).Body);
        await Assert.ThrowsAnyAsync<Exception>(() => engine.GetAsync());
        Assert.Equal(1, engine.Observer.Counts["local_rate_limit.c.rate_limited"]);
    }

    [Fact]
    public async Task A_request_is_read_whole_before_it_goes_on_and_refused_when_it_is_too_large()
    {
        await using var setup = Setup.With($$$$$$"""{"name": "b", "typed_config": {"@type": "{{{{{{Type}}}}}}.buffer.v3.Buffer", "max_request_bytes": 10}}""");
        using var client = await setup.Engine.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\nexpect: 100-continue\r\n\r\n");
        Assert.Equal(100, (await client.ReadResponseAsync()).Status);
        await client.SendAsync("5\r\nhello\r\n");
        Assert.Empty(setup.Upstream.Heads);
        await client.SendAsync("0\r\n\r\n");
        Assert.Equal("ok hello", (await client.ReadResponseAsync()).Body);
        Assert.DoesNotContain("expect", Assert.Single(setup.Upstream.Heads), StringComparison.Ordinal);

        await client.SendAsync("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 11\r\n\r\nhello world");
        Assert.Equal(413, (await client.ReadResponseAsync()).Status);
        using var other = await setup.Engine.ConnectAsync();
        await other.SendAsync("POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\nb\r\nhello world\r\n0\r\n\r\n");
        Assert.Equal((413, "Payload Too Large"), (await other.ReadResponseAsync()) is var refused ? (refused.Status, refused.Body) : default);
        Assert.Single(setup.Upstream.Heads);
    }

    [Fact]
    public async Task Headers_change_one_after_the_other_the_route_first()
    {
        await using var setup = Setup.With(
            $$$$$$"""
            {"name": "h", "typed_config": {"@type": "{{{{{{Type}}}}}}.header_mutation.v3.HeaderMutation", "mutations": {
              "request_mutations": [{"remove": "x-a"}, {"append": {"header": {"key": "x-a", "value": "listener"}}}],
              "response_mutations": [{"append": {"header": {"key": "x-b", "value": "%REQ(x-a)%"}}}]}}}
            """,
            $$$$$$"""{"h": {"@type": "{{{{{{Type}}}}}}.header_mutation.v3.HeaderMutationPerRoute", "mutations": {"request_mutations": [{"append": {"header": {"key": "x-c", "value": "%REQ(x-a)%"}}}]}}}""");

        var response = await setup.Engine.GetAsync("/", "x-a: client\r\n");

        Assert.Equal("listener", response["x-b"]);
        Assert.Contains("x-c: client\r\n", Assert.Single(setup.Upstream.Heads), StringComparison.Ordinal);
        Assert.Contains("x-a: listener\r\n", Assert.Single(setup.Upstream.Heads), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gzip", "envoy.extensions.compression.gzip.compressor.v3.Gzip")]
    [InlineData("br", "envoy.extensions.compression.brotli.compressor.v3.Brotli")]
    public async Task Responses_are_made_smaller_for_clients_that_read_them_so(string coding, string library)
    {
        var text = string.Concat(Enumerable.Repeat("the same again and again ", 200));
        await using var setup = Setup.With(Compressor(library), answer: _ => TestUpstream.Ok(text, "content-type: text/plain; charset=utf-8\r\netag: \"1\"\r\n"));

        var small = await setup.Engine.GetAsync("/", $"accept-encoding: {coding}\r\n");
        var plain = await setup.Engine.GetAsync();

        Assert.Equal((coding, null, null), (small["content-encoding"], small["etag"], small["content-length"]));
        Assert.True(small.Body.Length < text.Length / 10);
        using var packed = new MemoryStream(Encoding.Latin1.GetBytes(small.Body));
        using Stream unpacked = coding == "gzip" ? new GZipStream(packed, CompressionMode.Decompress) : new BrotliStream(packed, CompressionMode.Decompress);
        using var reader = new StreamReader(unpacked);
        Assert.Equal(text, await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.Equal((text, null, "accept-encoding"), (plain.Body, plain["content-encoding"], plain["vary"]));
        Assert.Equal(small.Body.Length, (await setup.Engine.OutcomeAsync()).Sent);
    }

    [Theory]
    [InlineData("image/png", 1000, "")]
    [InlineData("text/plain", 10, "")]
    [InlineData("text/plain", 1000, "content-encoding: br\r\n")]
    [InlineData("text/plain", 1000, "cache-control: no-transform\r\n")]
    public async Task What_is_not_worth_it_stays_as_it_is(string type, int length, string fields)
    {
        await using var setup = Setup.With(
            Compressor("envoy.extensions.compression.gzip.compressor.v3.Gzip"),
            answer: _ => TestUpstream.Ok(new string('a', length), $"content-type: {type}\r\n{fields}"));
        Assert.Equal(length, (await setup.Engine.GetAsync("/", "accept-encoding: gzip\r\n")).Body.Length);
    }

    [Fact]
    public async Task An_authorization_service_lets_pass_or_refuses_and_says_more()
    {
        await using var service = TestUpstream.Answering((head, _) => head.Contains("authorization: good", StringComparison.Ordinal)
            ? TestUpstream.Ok("", "x-user: alice\r\nx-client: hello\r\nx-other: no\r\n")
            : "HTTP/1.1 401 Unauthorized\r\ncontent-length: 6\r\nwww-authenticate: Basic\r\nx-secret: 1\r\n\r\nlog in");
        await using var setup = Setup.With(Authorization("""
            "authorization_response": {"allowed_upstream_headers": {"patterns": [{"exact": "x-user"}]},
              "allowed_client_headers_on_success": {"patterns": [{"exact": "x-client"}]}, "allowed_client_headers": {"patterns": [{"exact": "x-none"}]}}
            """), service: service);

        var passed = await setup.Engine.GetAsync("/a?b=c", "authorization: good\r\nx-user: mallory\r\nx-shown: 1\r\nx-hidden: 1\r\n");
        var refused = await setup.Engine.GetAsync("/", "authorization: bad\r\n");

        Assert.Equal((200, "hello", null), (passed.Status, passed["x-client"], passed["x-other"]));
        Assert.Contains("x-user: alice\r\n", Assert.Single(setup.Upstream.Heads), StringComparison.Ordinal);
        Assert.DoesNotContain("mallory", Assert.Single(setup.Upstream.Heads), StringComparison.Ordinal);
        Assert.StartsWith("GET /check/a?b=c HTTP/1.1\r\nhost: test\r\n", service.Heads.First(), StringComparison.Ordinal);
        Assert.Contains("x-shown: 1\r\n", service.Heads.First(), StringComparison.Ordinal);
        Assert.DoesNotContain("x-hidden", service.Heads.First(), StringComparison.Ordinal);
        Assert.Equal((401, "log in", "Basic", null), (refused.Status, refused.Body, refused["www-authenticate"], refused["x-secret"]));
        await setup.Engine.OutcomeAsync();
        var outcome = await setup.Engine.OutcomeAsync();
        Assert.Equal((ResponseFlags.UnauthorizedExternalService, "ext_authz_denied"), (outcome.Flags, outcome.Details));
        Assert.Equal((1, 1), (setup.Count("http.in.ext_authz.ok"), setup.Count("http.in.ext_authz.denied")));
    }

    [Theory]
    [InlineData("", 403)]
    [InlineData(""" "status_on_error": {"code": 503}, """, 503)]
    [InlineData(""" "failure_mode_allow": true, """, 200)]
    public async Task Without_an_answer_the_configuration_decides(string setting, int status)
    {
        await using var setup = Setup.With(Authorization("", setting));
        Assert.Equal(status, (await setup.Engine.GetAsync()).Status);
        Assert.Equal(1, setup.Count("http.in.ext_authz.error"));
    }

    [Fact]
    public async Task The_service_may_see_the_body_which_the_upstream_gets_all_the_same()
    {
        await using var service = TestUpstream.Answering((_, body) => body == "hello" ? TestUpstream.Ok("") : "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
        await using var setup = Setup.With(Authorization("", """ "with_request_body": {"max_request_bytes": 5, "allow_partial_message": true}, """), service: service);
        using var client = await setup.Engine.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 11\r\n\r\nhello world");

        Assert.Equal("ok hello world", (await client.ReadResponseAsync()).Body);
    }

    private static string Compressor(string library) => $$$$$$"""
        {"name": "c", "typed_config": {"@type": "{{{{{{Type}}}}}}.compressor.v3.Compressor",
          "compressor_library": {"name": "l", "typed_config": {"@type": "type.googleapis.com/{{{{{{library}}}}}}"}}}}
        """;

    private static string Authorization(string service, string setting = "") =>
        "{\"name\": \"a\", \"typed_config\": {\"@type\": \"" + Type + ".ext_authz.v3.ExtAuthz\", " + setting
        + "\"allowed_headers\": {\"patterns\": [{\"exact\": \"x-shown\"}]}, \"http_service\": {"
        + "\"server_uri\": {\"uri\": \"http://a\", \"cluster\": \"service\", \"timeout\": \"5s\"}, \"path_prefix\": \"/check\""
        + (service.Length > 0 ? "," + service : "") + "}}}";

    /// <summary>A proxy with one filter in front of an upstream that answers "ok" with the body that it got.</summary>
    private sealed class Setup : IAsyncDisposable
    {
        private Setup(TestUpstream upstream) => Upstream = upstream;

        public TestUpstream Upstream { get; }

        public TestEngine Engine { get; } = new();

        public static Setup With(string filter, string? overrides = null, Func<string, string>? answer = null, TestUpstream? service = null)
        {
            var setup = new Setup(TestUpstream.Answering((_, body) => answer is null ? TestUpstream.Ok(body.Length == 0 ? "ok" : "ok " + body) : answer(body)));
            var problems = new Problems();
            var filters = HttpFilterCompiler.Compile(XdsText.Message<HttpConnectionManager>("{\"http_filters\": [" + filter + "]}").HttpFilters, problems);
            var route = TestEngine.Route();
            if (overrides is not null)
            {
                var message = XdsText.Message<Envoy.Config.Route.V3.Route>("{\"typed_per_filter_config\": " + overrides + "}");
                route = route with { Filters = HttpFilterCompiler.Overrides(message.TypedPerFilterConfig, problems) };
            }

            Assert.Equal("", problems.ToString());
            ClusterModel[] clusters = [TestEngine.Cluster("app", setup.Upstream.Address), .. service is null ? [] : new[] { TestEngine.Cluster("service", service.Address) }];
            setup.Engine.Publish(new HttpModel { StatPrefix = "in", Filters = filters, Routes = TestEngine.Routes(route) }, clusters);
            return setup;
        }

        public async Task<IReadOnlyList<int>> StatusesAsync(int count)
        {
            var statuses = new List<int>();
            for (var i = 0; i < count; i++)
            {
                statuses.Add((await Engine.GetAsync()).Status);
            }

            return statuses;
        }

        public long Count(string counter) => Engine.Observer.Counts.GetValueOrDefault(counter);

        public async ValueTask DisposeAsync()
        {
            await Engine.DisposeAsync();
            await Upstream.DisposeAsync();
        }
    }
}
