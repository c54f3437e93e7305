namespace Mizzen.Proxy.Filters.Jwt;

/// <summary>What is wrong with a token; the words are those that Envoy answers and logs.</summary>
internal enum JwtStatus
{
    Ok,

    /// <summary>There is no token where one could be.</summary>
    Missing,

    /// <summary>The keys are not here yet: decide again when they are.</summary>
    KeysWanted,
    NotYetValid,
    Expired,
    NoExpiration,
    TooLongLifetime,
    BadFormat,
    BadHeader,
    BadPayload,
    BadSignature,
    UnknownAlgorithm,
    UnknownIssuer,
    AudienceNotAllowed,
    VerificationFails,
    NoKey,
    KeysNotFetched,
}

/// <summary>The texts of <see cref="JwtStatus"/>.</summary>
internal static class JwtStatusText
{
    public static string Of(JwtStatus status) => status switch
    {
        JwtStatus.Missing => "Jwt is missing",
        JwtStatus.NotYetValid => "Jwt not yet valid",
        JwtStatus.Expired => "Jwt is expired",
        JwtStatus.NoExpiration => "Jwt expiration is missing",
        JwtStatus.TooLongLifetime => "Jwt lifetime is too long",
        JwtStatus.BadFormat => "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections",
        JwtStatus.BadHeader => "Jwt header is an invalid JSON",
        JwtStatus.BadPayload => "Jwt payload is an invalid JSON",
        JwtStatus.BadSignature => "Jwt signature is an invalid Base64url encoded",
        JwtStatus.UnknownAlgorithm => "Jwt header [alg] is not supported",
        JwtStatus.UnknownIssuer => "Jwt issuer is not configured",
        JwtStatus.AudienceNotAllowed => "Audiences in Jwt are not allowed",
        JwtStatus.NoKey => "Jwks doesn't have key to match kid or alg from Jwt",
        JwtStatus.KeysNotFetched => "Jwks remote fetch is failed",
        _ => "Jwt verification fails",
    };

    /// <summary>Who is known but has no business here gets 403 (Envoy).</summary>
    public static int CodeOf(JwtStatus status) => status == JwtStatus.AudienceNotAllowed ? 403 : 401;
}
