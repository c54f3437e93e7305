using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Mizzen.Cluster.Tests.ApiServers;

/// <summary>Tokens of service accounts: issued, used, reviewed, and worth nothing when what they are bound to has gone.</summary>
public sealed class IdentityTests(RunningApiServer api) : IClassFixture<RunningApiServer>
{
    private const string Accounts = "/api/v1/namespaces/default/serviceaccounts";

    [Fact]
    public async Task A_token_speaks_for_its_service_account()
    {
        await api.SendAsync("POST", Accounts, """{"metadata":{"name":"robot"}}""");
        var token = await TokenAsync("robot", "{}");
        Assert.Equal("system:serviceaccount:default:robot", (string?)(await WhoAmIAsync(token))!["status"]!["userInfo"]!["username"]);
        await api.SendAsync("DELETE", Accounts + "/robot");
        Assert.Null(await WhoAmIAsync(token));
    }

    [Fact]
    public async Task A_token_for_somebody_else_is_not_for_the_api_server_but_can_be_reviewed()
    {
        var token = await TokenAsync("default", """{"audiences":["istio-ca"],"expirationSeconds":3600}""");
        Assert.Null(await WhoAmIAsync(token));
        var (_, review) = await api.SendAsync("POST", "/apis/authentication.k8s.io/v1/tokenreviews", $$"""{"spec":{"token":"{{token}}","audiences":["istio-ca"]} }""");
        Assert.True((bool)review["status"]!["authenticated"]!);
        Assert.Equal("system:serviceaccount:default:default", (string?)review["status"]!["user"]!["username"]);
        var (_, wrong) = await api.SendAsync("POST", "/apis/authentication.k8s.io/v1/tokenreviews", $$"""{"spec":{"token":"{{token}}"} }""");
        Assert.False((bool)wrong["status"]!["authenticated"]!);
    }

    [Fact]
    public async Task A_token_dies_with_its_pod()
    {
        await api.SendAsync("POST", "/api/v1/namespaces/default/pods", """{"metadata":{"name":"owner"},"spec":{"containers":[{"name":"c","image":"i"}]}}""");
        var token = await TokenAsync("default", """{"boundObjectRef":{"kind":"Pod","apiVersion":"v1","name":"owner"}}""");
        Assert.NotNull(await WhoAmIAsync(token));
        await api.SendAsync("DELETE", "/api/v1/namespaces/default/pods/owner");
        Assert.Null(await WhoAmIAsync(token));
    }

    [Fact]
    public async Task Others_verify_a_token_by_the_published_keys()
    {
        var parts = (await TokenAsync("default", """{"audiences":["shop"]}""")).Split('.');
        var (_, provider) = await api.SendAsync("GET", "/.well-known/openid-configuration");
        var (_, keys) = await api.SendAsync("GET", new Uri((string)provider["jwks_uri"]!).AbsolutePath);
        var key = Assert.Single(keys["keys"]!.AsArray())!;

        var header = JsonNode.Parse(Base64Url.DecodeFromChars(parts[0]))!;
        var claims = JsonNode.Parse(Base64Url.DecodeFromChars(parts[1]))!;
        Assert.Equal(((string?)key["kid"], (string?)key["alg"]), ((string?)header["kid"], (string?)header["alg"]));
        Assert.Equal(((string?)provider["issuer"], "shop", "system:serviceaccount:default:default"), ((string?)claims["iss"], (string?)claims["aud"]![0], (string?)claims["sub"]));
        var point = new ECPoint { X = Base64Url.DecodeFromChars((string)key["x"]!), Y = Base64Url.DecodeFromChars((string)key["y"]!) };
        using var verifier = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = point });
        Assert.True(verifier.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256));
    }

    private async Task<string> TokenAsync(string account, string spec)
    {
        var (code, answer) = await api.SendAsync("POST", $"{Accounts}/{account}/token", $$"""{"spec": {{spec}} }""");
        Assert.Equal(201, code);
        return (string)answer["status"]!["token"]!;
    }

    /// <summary>What the server says about the bearer; null when it does not know it.</summary>
    private async Task<JsonNode?> WhoAmIAsync(string token)
    {
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, _, _, _) => true };
        using var client = new HttpClient(handler) { BaseAddress = api.Url };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var content = new StringContent("{}", Encoding.UTF8, "application/json");
        using var response = await client.PostAsync(
            new Uri("/apis/authentication.k8s.io/v1/selfsubjectreviews", UriKind.Relative), content, TestContext.Current.CancellationToken);
        return (int)response.StatusCode == 401 ? null : JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
