using System.Net.Http.Headers;
using System.Text.Json;
using Mizzen.Client;
using Mizzen.Resources;
using Mizzen.Resources.Authentication;

namespace Mizzen.ControlPlane.Push;

/// <summary>Asks the API server whose token a proxy shows (<c>authentication.k8s.io/v1</c> TokenReview).</summary>
internal sealed class TokenAuthenticator(ResourceClient client)
{
    /// <summary>The audience of the tokens that injected pods carry.</summary>
    public const string Audience = "istio-ca";

    private static readonly Uri Path = new("/apis/authentication.k8s.io/v1/tokenreviews", UriKind.Relative);

    /// <summary>The owner of a token.</summary>
    /// <exception cref="UnauthorizedAccessException">It is nobody's, not for this audience, or not a service account's; the message says which.</exception>
    /// <exception cref="ApiException">The API server does not answer the question.</exception>
    public async Task<ProxyIdentity> AuthenticateAsync(string token, CancellationToken cancellationToken)
    {
        var review = new TokenReview
        {
            ApiVersion = "authentication.k8s.io/v1",
            Kind = "TokenReview",
            Spec = new TokenReviewSpec { Token = token, Audiences = [Audience] },
        };
        using var body = new ByteArrayContent(ResourceJson.SerializeToUtf8Bytes(review));
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await client.Http.PostAsync(Path, body, cancellationToken);
        await ResourceClient.RequireSuccessAsync(response, cancellationToken);
        var answer = await JsonSerializer.DeserializeAsync<TokenReview>(
            await response.Content.ReadAsStreamAsync(cancellationToken), ResourceJson.Options, cancellationToken);
        return IdentityOf(answer?.Status);
    }

    private static ProxyIdentity IdentityOf(TokenReviewStatus? status)
    {
        if (status?.Authenticated != true)
        {
            throw new UnauthorizedAccessException("the token is not valid" + (string.IsNullOrEmpty(status?.Error) ? "" : ": " + status.Error));
        }

        if (status.Audiences?.Contains(Audience) != true)
        {
            throw new UnauthorizedAccessException($"the token is not meant for audience \"{Audience}\"");
        }

        return ProxyIdentity.FromUserName(status.User?.Username)
            ?? throw new UnauthorizedAccessException($"\"{status.User?.Username}\" is not a service account");
    }
}
