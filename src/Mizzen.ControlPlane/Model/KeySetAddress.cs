using Mizzen.Resources.Security;

namespace Mizzen.ControlPlane.Model;

/// <summary>Where the keys of an issuer of tokens are.</summary>
internal static class KeySetAddress
{
    /// <summary>Null when the rule brings its keys along. An issuer without jwksUri is asked where they are (OpenID Connect Discovery 1.0).</summary>
    public static string? Of(JWTRule rule) => rule.Jwks is { Length: > 0 } ? null
        : rule.JwksUri is { Length: > 0 } uri ? uri
        : rule.Issuer is { Length: > 0 } issuer ? $"{issuer.TrimEnd('/')}/.well-known/openid-configuration"
        : null;
}
