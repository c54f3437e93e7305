using System.Buffers.Text;
using System.Net;
using Envoy.Extensions.Filters.Http.JwtAuthn.V3;
using Google.Protobuf.WellKnownTypes;
using Mizzen.Proxy.Configuration;
using Mizzen.Proxy.Configuration.HttpFilters;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Tests.Configuration;
using Mizzen.Proxy.Tests.Filters;

namespace Mizzen.Proxy.Tests.Serving;

/// <summary>Tokens through real sockets.</summary>
public sealed class JwtTests
{
    private const string AnyOrNone = """{"requires_any": {"requirements": [{"provider_name": "p"}, {"allow_missing": {}}]}}""";

    [Theory]
    [InlineData("RS256")]
    [InlineData("RS384")]
    [InlineData("RS512")]
    [InlineData("PS256")]
    [InlineData("PS384")]
    [InlineData("PS512")]
    [InlineData("ES256")]
    [InlineData("ES384")]
    [InlineData("ES512")]
    public async Task A_good_token_passes_and_a_changed_one_does_not(string algorithm)
    {
        using var tokens = Tokens.By(algorithm);
        await using var setup = await Setup.StartAsync(tokens.Keys(), "", AnyOrNone);
        var token = tokens.Sign(new { iss = "me", sub = "alice", exp = Tokens.In(60) });
        var parts = token.Split('.');
        var forged = $"{parts[0]}.{Base64Url.EncodeToString("""{"iss": "me", "sub": "mallory"}"""u8)}.{parts[2]}";

        Assert.Equal("ok", (await setup.AskAsync(token)).Body);
        Assert.Equal("ok", (await setup.AskAsync(token)).Body);
        var refused = await setup.AskAsync(forged);
        Assert.Equal((401, "Jwt verification fails"), (refused.Status, refused.Body));
        Assert.Equal("""Bearer realm="http://test/", error="invalid_token" """.Trim(), refused["www-authenticate"]);
        Assert.Equal((2, 1), (setup.Count("allowed"), setup.Count("denied")));
    }

    [Theory]
    [InlineData("""{"iss": "other"}""", "Jwt issuer is not configured", 401)]
    [InlineData("""{"iss": "me", "aud": "books"}""", "Audiences in Jwt are not allowed", 403)]
    [InlineData("""{"iss": "me"}""", "Audiences in Jwt are not allowed", 403)]
    [InlineData("""{"iss": "me", "aud": ["books", "https://shop/"]}""", "ok", 200)]
    [InlineData("""{"iss": "me", "aud": "shop", "exp": 1000}""", "Jwt is expired", 401)]
    [InlineData("""{"iss": "me", "aud": "shop", "nbf": 99999999999}""", "Jwt not yet valid", 401)]
    [InlineData("""{"iss": "me", "aud": "shop", "exp": "soon"}""", "Jwt payload is an invalid JSON", 401)]
    [InlineData("""["me"]""", "Jwt payload is an invalid JSON", 401)]
    public async Task What_a_token_claims_is_judged(string claims, string answer, int status)
    {
        using var tokens = Tokens.By("ES256");
        await using var setup = await Setup.StartAsync(tokens.Keys(), """ "audiences": ["shop"], """, AnyOrNone);

        var response = await setup.AskAsync(tokens.Sign(System.Text.Json.JsonDocument.Parse(claims).RootElement));

        Assert.Equal((status, answer), (response.Status, response.Body));
    }

    [Theory]
    [InlineData("""{"alg": "none"}""", "Jwt header [alg] is not supported")]
    [InlineData("""{"alg": "RS256"}""", "Jwks doesn't have key to match kid or alg from Jwt")]
    [InlineData("""{"alg": "ES384"}""", "Jwks doesn't have key to match kid or alg from Jwt")]
    [InlineData("""{"alg": "HS256"}""", "Jwks doesn't have key to match kid or alg from Jwt")]
    [InlineData("""{"alg": "ES256", "kid": "other"}""", "Jwks doesn't have key to match kid or alg from Jwt")]
    [InlineData("""{"alg": "ES256", "crit": ["x"]}""", "Jwt header is an invalid JSON")]
    [InlineData("nonsense", "Jwt header is an invalid JSON")]
    public async Task A_header_cannot_choose_how_it_is_judged(string header, string answer)
    {
        using var tokens = Tokens.By("ES256");
        await using var setup = await Setup.StartAsync(tokens.Keys(), "", AnyOrNone);

        var response = await setup.AskAsync(tokens.Sign(new { iss = "me" }, header: header));

        Assert.Equal((401, answer), (response.Status, response.Body));
    }

    [Theory]
    [InlineData("a.b")]
    [InlineData("a.b.c.d")]
    public async Task What_is_no_token_is_refused(string token)
    {
        using var tokens = Tokens.By("ES256");
        await using var setup = await Setup.StartAsync(tokens.Keys(), "", AnyOrNone);
        Assert.Equal(401, (await setup.AskAsync(token)).Status);
    }

    [Fact]
    public async Task No_token_passes_only_where_none_is_required()
    {
        using var tokens = Tokens.By("ES256");
        await using var open = await Setup.StartAsync(tokens.Keys(), "", AnyOrNone);
        await using var closed = await Setup.StartAsync(tokens.Keys(), "", """{"provider_name": "p"}""");

        Assert.Equal(200, (await open.AskAsync(null)).Status);
        var refused = await closed.AskAsync(null);
        Assert.Equal((401, "Jwt is missing"), (refused.Status, refused.Body));
        Assert.Equal("Bearer realm=\"http://test/\"", refused["www-authenticate"]);
        Assert.Equal("jwt_authn_access_denied{Jwt_is_missing}", (await closed.Engine.OutcomeAsync()).Details);
    }

    [Fact]
    public async Task The_upstream_learns_what_the_token_says_and_nobody_else_can_say_it()
    {
        using var tokens = Tokens.By("ES256");
        await using var setup = await Setup.StartAsync(
            tokens.Keys(),
            """ "forward_payload_header": "x-payload", "claim_to_headers": [{"header_name": "x-sub", "claim_name": "sub"}, {"header_name": "x-team", "claim_name": "org.team"}], """,
            AnyOrNone);
        var token = tokens.Sign(new { iss = "me", sub = "alice", org = new { team = "blue" } });

        await setup.AskAsync(token, "x-sub: mallory\r\n");
        await setup.AskAsync(null, "x-sub: mallory\r\nx-payload: x\r\n");

        Assert.Contains("x-sub: alice\r\n", setup.Upstream.Heads.First(), StringComparison.Ordinal);
        Assert.Contains("x-team: blue\r\n", setup.Upstream.Heads.First(), StringComparison.Ordinal);
        Assert.Contains($"x-payload: {token.Split('.')[1]}\r\n", setup.Upstream.Heads.First(), StringComparison.Ordinal);
        Assert.DoesNotContain("authorization", setup.Upstream.Heads.First(), StringComparison.Ordinal);
        Assert.DoesNotContain("x-sub", setup.Upstream.Heads.Last(), StringComparison.Ordinal);
        Assert.DoesNotContain("x-payload", setup.Upstream.Heads.Last(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(""" "from_headers": [{"name": "x-token", "value_prefix": "T "}], """, "/", "x-token: T {0}\r\n")]
    [InlineData(""" "from_params": ["t"], """, "/?a=b&t={0}", "")]
    [InlineData(""" "from_cookies": ["session"], """, "/", "cookie: a=b; session={0}; c=d\r\n")]
    [InlineData("", "/?access_token={0}", "")]
    public async Task Tokens_are_found_where_the_issuer_says(string place, string path, string fields)
    {
        using var tokens = Tokens.By("ES256");
        await using var setup = await Setup.StartAsync(tokens.Keys(), place, """{"provider_name": "p"}""");
        var token = tokens.Sign(new { iss = "me" });

        Assert.Equal(200, (await setup.Engine.GetAsync(Filled(path, token), Filled(fields, token))).Status);
        Assert.Equal(401, (await setup.Engine.GetAsync(Filled(path, token + "x"), Filled(fields, token + "x"))).Status);
        Assert.Equal(401, (await setup.Engine.GetAsync()).Status);
    }

    [Fact]
    public async Task Access_is_decided_by_claims()
    {
        using var tokens = Tokens.By("ES256");
        var admin = new RbacCondition.Metadata(
            "envoy.filters.http.jwt_authn",
            ["payload", "scope"],
            new ValueMatchModel { Item = new ValueMatchModel { Text = new StringMatchModel(StringMatchKind.Exact, "admin"u8.ToArray()) } },
            Invert: false);
        var rbac = new RbacModel { Rules = new RbacRules(RbacAction.Allow, [new RbacPolicy("p", new RbacCondition.Any(), admin)]) };
        await using var setup = await Setup.StartAsync(
            tokens.Keys(), """ "payload_in_metadata": "payload", "normalize_payload_in_metadata": {"space_delimited_claims": ["scope"]}, """, AnyOrNone, rbac: rbac);

        Assert.Equal(200, (await setup.AskAsync(tokens.Sign(new { iss = "me", scope = "read admin" }))).Status);
        Assert.Equal(403, (await setup.AskAsync(tokens.Sign(new { iss = "me", scope = "read" }))).Status);
        Assert.Equal(403, (await setup.AskAsync(null)).Status);
    }

    [Fact]
    public async Task A_browsers_question_beforehand_needs_no_token()
    {
        using var tokens = Tokens.By("ES256");
        await using var setup = await Setup.StartAsync(tokens.Keys(), "", """{"provider_name": "p"}""");
        using var client = await setup.Engine.ConnectAsync();
        await client.SendAsync("OPTIONS / HTTP/1.1\r\nhost: test\r\norigin: http://a\r\naccess-control-request-method: GET\r\n\r\n");
        Assert.Equal(200, (await client.ReadResponseAsync()).Status);
    }

    [Fact]
    public async Task Keys_are_fetched_once_and_the_first_requests_wait_for_them()
    {
        using var tokens = Tokens.By("ES256");
        var keys = tokens.Keys();
        await using var issuer = TestUpstream.Answering((_, _) => TestUpstream.Ok(keys));
        await using var setup = await Setup.StartAsync(null, "", AnyOrNone, issuer.Address);
        var token = tokens.Sign(new { iss = "me" });

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => setup.AskAsync(token)));

        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.StartsWith("GET /keys HTTP/1.1\r\nhost: issuer.example\r\n", Assert.Single(issuer.Heads), StringComparison.Ordinal);
        Assert.Equal(1, setup.Count("jwks_fetch_success"));
    }

    [Fact]
    public async Task Without_keys_nobody_gets_in()
    {
        using var tokens = Tokens.By("ES256");
        await using var issuer = TestUpstream.Answering((_, _) => TestUpstream.Ok("nothing"));
        await using var setup = await Setup.StartAsync(null, "", AnyOrNone, issuer.Address);

        var refused = await setup.AskAsync(tokens.Sign(new { iss = "me" }));

        Assert.Equal((401, "Jwks remote fetch is failed"), (refused.Status, refused.Body));
        Assert.Equal(200, (await setup.AskAsync(null)).Status);
    }

    [Theory]
    [InlineData("""{"providers": {"p": {"issuer": "a"}}}""", "providers[p]: a provider needs local_jwks or remote_jwks")]
    [InlineData("""{"providers": {"p": {"local_jwks": {"inline_string": "x"}}}}""", "providers[p]: local_jwks: it is not a JWK set")]
    [InlineData("""{"providers": {"p": {"remote_jwks": {"http_uri": {"uri": "x"}}}}}""", "providers[p].remote_jwks: http_uri needs uri and cluster")]
    [InlineData("""{"rules": [{"match": {"prefix": "/"}, "requires": {"provider_name": "q"}}]}""", "rules[0]: there is no provider 'q'")]
    [InlineData("""{"rules": [{"match": {"prefix": "/"}, "requirement_name": "q"}]}""", "rules[0]: requirement_map has no 'q'")]
    public void Refusals_name_the_field(string json, string refusal)
    {
        var problems = new Problems();
        _ = JwtCompiler.Kind.Read(Any.Pack(XdsText.Message<JwtAuthentication>(json)), problems);
        Assert.Contains(refusal, problems.ToString(), StringComparison.Ordinal);
    }

    private static string Filled(string text, string token) => text.Replace("{0}", token, StringComparison.Ordinal);

    /// <summary>A proxy with one provider <c>p</c> of the issuer <c>me</c>.</summary>
    private sealed class Setup : IAsyncDisposable
    {
        private Setup(TestUpstream upstream)
        {
            Upstream = upstream;
            Engine = new TestEngine();
        }

        public TestUpstream Upstream { get; }

        public TestEngine Engine { get; }

        public static async Task<Setup> StartAsync(string? keys, string provider, string requirement, IPEndPoint? issuer = null, RbacModel? rbac = null)
        {
            var source = keys is null
                ? """ "remote_jwks": {"http_uri": {"uri": "http://issuer.example/keys", "cluster": "issuer", "timeout": "5s"}} """
                : $$""" "local_jwks": {"inline_string": {{System.Text.Json.JsonSerializer.Serialize(keys)}}} """;
            var json = "{\"bypass_cors_preflight\": true, \"providers\": {\"p\": {\"issuer\": \"me\", " + provider + source + "}},"
                + "\"rules\": [{\"match\": {\"prefix\": \"/\"}, \"requires\": " + requirement + "}]}";
            var problems = new Problems();
            var model = JwtCompiler.Kind.Read(Any.Pack(XdsText.Message<JwtAuthentication>(json)), problems)!;
            Assert.Equal("", problems.ToString());
            var setup = new Setup(TestUpstream.Answering((_, _) => TestUpstream.Ok("ok")));
            HttpFilterModel[] filters = [new("jwt", model), .. rbac is null ? [] : new[] { new HttpFilterModel("rbac", rbac) }];
            ClusterModel[] clusters = [TestEngine.Cluster("app", setup.Upstream.Address), .. issuer is null ? [] : new[] { TestEngine.Cluster("issuer", issuer) }];
            setup.Engine.Publish(new HttpModel { StatPrefix = "in", Filters = filters, Routes = TestEngine.Routes(TestEngine.Route()) }, clusters);
            await setup.Engine.SettleAsync();
            return setup;
        }

        public Task<RawResponse> AskAsync(string? token, string fields = "") =>
            Engine.GetAsync("/", token is null ? fields : $"authorization: Bearer {token}\r\n{fields}");

        public long Count(string counter) => Engine.Observer.Counts.GetValueOrDefault($"http.in.jwt_authn.{counter}");

        public async ValueTask DisposeAsync()
        {
            await Engine.DisposeAsync();
            await Upstream.DisposeAsync();
        }
    }
}
