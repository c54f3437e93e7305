using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Mizzen.Identity.Tokens;

/// <summary>Verifies service-account tokens against one public key. Safe for use from several threads.</summary>
public sealed class ServiceAccountTokenVerifier
{
    private const int MaximumLength = 16 * 1024;

    // Tolerated difference between clocks for nbf; exp is exact.
    private const long LeewaySeconds = 10;

    private readonly ECDsa _key;
    private readonly string _keyId;
    private readonly string _issuer;
    private readonly TimeProvider _clock;

    internal ServiceAccountTokenVerifier(ECDsa key, string keyId, string issuer, TimeProvider clock)
    {
        _key = key;
        _keyId = keyId;
        _issuer = issuer;
        _clock = clock;
    }

    /// <summary>Verifies signature, issuer, times and audience.</summary>
    /// <param name="token">A JWT in compact form.</param>
    /// <param name="audiences">Who asks: the token must name at least one of these.</param>
    /// <exception cref="InvalidTokenException">The token does not hold; the message says why.</exception>
    public ServiceAccountIdentity Verify(string token, IReadOnlyList<string> audiences)
    {
        if (token.Length > MaximumLength || token.Split('.') is not [var header, var payload, var signature])
        {
            throw new InvalidTokenException("not a JSON Web Token");
        }

        CheckHeader(header);
        var signed = Encoding.ASCII.GetBytes(token[..(header.Length + 1 + payload.Length)]);
        if (!_key.VerifyData(signed, Decode(signature), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation))
        {
            throw new InvalidTokenException("the signature is wrong");
        }

        try
        {
            using var claims = JsonDocument.Parse(Decode(payload));
            return Read(claims.RootElement, audiences);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new InvalidTokenException("the claims cannot be read: " + e.Message, e);
        }
    }

    private void CheckHeader(string header)
    {
        try
        {
            using var json = JsonDocument.Parse(Decode(header));
            if (json.RootElement.GetProperty("alg").GetString() != "ES256")
            {
                throw new InvalidTokenException("the algorithm is not ES256");
            }

            if (json.RootElement.TryGetProperty("kid", out var kid) && kid.GetString() != _keyId)
            {
                throw new InvalidTokenException("signed with an unknown key");
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new InvalidTokenException("the header cannot be read: " + e.Message, e);
        }
    }

    private ServiceAccountIdentity Read(JsonElement claims, IReadOnlyList<string> audiences)
    {
        var now = _clock.GetUtcNow().ToUnixTimeSeconds();
        if (claims.GetProperty("iss").GetString() != _issuer)
        {
            throw new InvalidTokenException("issued by somebody else");
        }

        if (claims.GetProperty("exp").GetInt64() <= now)
        {
            throw new InvalidTokenException("the token has expired");
        }

        if (claims.GetProperty("nbf").GetInt64() > now + LeewaySeconds)
        {
            throw new InvalidTokenException("the token does not hold yet");
        }

        var named = Audiences(claims.GetProperty("aud"));
        string[] common = [.. audiences.Where(named.Contains)];
        if (common.Length == 0)
        {
            throw new InvalidTokenException($"the token is for [{string.Join(' ', named)}], not for [{string.Join(' ', audiences)}]");
        }

        var kubernetes = claims.GetProperty("kubernetes.io");
        var account = kubernetes.GetProperty("serviceaccount");
        return new ServiceAccountIdentity(Text(kubernetes, "namespace"), Text(account, "name"), Text(account, "uid"), common)
        {
            PodName = Inner(kubernetes, "pod", "name"),
            PodUid = Inner(kubernetes, "pod", "uid"),
            NodeName = Inner(kubernetes, "node", "name"),
            TokenId = Text(claims, "jti"),
        };
    }

    private static List<string> Audiences(JsonElement aud) =>
        aud.ValueKind == JsonValueKind.String ? [aud.GetString()!] : [.. aud.EnumerateArray().Select(a => a.GetString()!)];

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? "";

    private static string? Inner(JsonElement element, string outer, string name) =>
        element.TryGetProperty(outer, out var inner) && inner.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static byte[] Decode(string part)
    {
        try
        {
            return Base64Url.DecodeFromChars(part);
        }
        catch (FormatException e)
        {
            throw new InvalidTokenException("not a JSON Web Token", e);
        }
    }
}
