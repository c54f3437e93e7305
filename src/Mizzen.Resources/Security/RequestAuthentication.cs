using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;

namespace Mizzen.Resources.Security;

/// <summary>Which tokens are valid (<c>security.istio.io</c> RequestAuthentication).</summary>
public sealed record RequestAuthentication : Resource
{
    public RequestAuthenticationSpec? Spec { get; init; }

    public IstioStatus? Status { get; init; }
}

public sealed record RequestAuthenticationSpec
{
    public PolicySelector? Selector { get; init; }

    public PolicyTargetReference? TargetRef { get; init; }

    public IReadOnlyList<PolicyTargetReference>? TargetRefs { get; init; }

    public IReadOnlyList<JWTRule>? JwtRules { get; init; }
}

/// <summary>An issuer of tokens, with the keys that it signs with.</summary>
public sealed record JWTRule
{
    public string? Issuer { get; init; }

    public IReadOnlyList<string>? Audiences { get; init; }

    public string? JwksUri { get; init; }

    /// <summary>The keys themselves (RFC 7517).</summary>
    public string? Jwks { get; init; }

    public IReadOnlyList<JWTHeader>? FromHeaders { get; init; }

    public IReadOnlyList<string>? FromParams { get; init; }

    public IReadOnlyList<string>? FromCookies { get; init; }

    public string? OutputPayloadToHeader { get; init; }

    public bool? ForwardOriginalToken { get; init; }

    public IReadOnlyList<ClaimToHeader>? OutputClaimToHeaders { get; init; }

    public string? Timeout { get; init; }

    public IReadOnlyList<string>? SpaceDelimitedClaims { get; init; }
}

public sealed record JWTHeader
{
    public string? Name { get; init; }

    public string? Prefix { get; init; }
}

public sealed record ClaimToHeader
{
    public string? Header { get; init; }

    public string? Claim { get; init; }
}
