using Microsoft.Extensions.Time.Testing;
using Mizzen.Identity.Tokens;

namespace Mizzen.Identity.Tests;

public sealed class ServiceAccountTokenTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly ServiceAccountTokenIssuer _issuer;

    public ServiceAccountTokenTests() => _issuer = ServiceAccountTokenIssuer.Create(ServiceAccountTokenIssuer.DefaultIssuer, _clock);

    private static TokenGrant Grant => new("default", "frontend", "uid-1", ["istio-ca"], TimeSpan.FromHours(1)) { PodName = "frontend-1", PodUid = "uid-2", NodeName = "node-1" };

    [Fact]
    public void A_token_says_who_bears_it()
    {
        var identity = _issuer.Verifier.Verify(_issuer.Issue(Grant).Token, ["other", "istio-ca"]);

        Assert.Equal("system:serviceaccount:default:frontend", identity.UserName);
        Assert.Equal(["istio-ca"], identity.Audiences);
        Assert.Equal(("frontend-1", "uid-2", "node-1"), (identity.PodName, identity.PodUid, identity.NodeName));
    }

    [Fact]
    public void A_token_for_somebody_else_is_refused() =>
        Assert.Contains("is for [istio-ca]", Refusal(_issuer.Issue(Grant).Token, "api"), StringComparison.Ordinal);

    [Fact]
    public void A_token_dies_at_its_expiry()
    {
        var token = _issuer.Issue(Grant);
        _clock.SetUtcNow(token.ExpiresAt);

        Assert.Equal("the token has expired", Refusal(token.Token));
    }

    [Fact]
    public void A_changed_token_is_refused()
    {
        var parts = _issuer.Issue(Grant).Token.Split('.');
        var other = _issuer.Issue(Grant with { ServiceAccount = "admin" }).Token.Split('.');

        Assert.Equal("the signature is wrong", Refusal($"{parts[0]}.{other[1]}.{parts[2]}"));
    }

    [Fact]
    public void A_token_of_another_key_is_refused()
    {
        using var stranger = ServiceAccountTokenIssuer.Create(ServiceAccountTokenIssuer.DefaultIssuer, _clock);

        Assert.Equal("signed with an unknown key", Refusal(stranger.Issue(Grant).Token));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.b")]
    [InlineData("a.b.c")]
    [InlineData("e30.e30.e30")]
    [InlineData("eyJhbGciOiJub25lIn0.e30.")]
    public void Garbage_is_refused_without_another_exception(string token) => Refusal(token);

    [Fact]
    public void The_key_set_holds_the_public_key() => Assert.Contains(_issuer.KeyId, _issuer.Jwks(), StringComparison.Ordinal);

    public void Dispose() => _issuer.Dispose();

    private string Refusal(string token, string audience = "istio-ca") =>
        Assert.Throws<InvalidTokenException>(() => _issuer.Verifier.Verify(token, [audience])).Message;
}
