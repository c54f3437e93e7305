using System.Text.Json;
using Mizzen.Resources.Security;

namespace Mizzen.Resources.Validation;

/// <summary>Istio's rules for RequestAuthentications.</summary>
internal static class RequestAuthenticationRules
{
    private static readonly string[] PrivateParts = ["d", "p", "q", "k"];

    public static void Check(RequestAuthenticationSpec spec, Findings findings)
    {
        PolicyTargetRules.Check(spec.Selector, spec.TargetRef, spec.TargetRefs, findings);
        for (var i = 0; i < (spec.JwtRules?.Count ?? 0); i++)
        {
            CheckRule(spec.JwtRules![i], $"spec.jwtRules[{i}]", findings);
        }
    }

    private static void CheckRule(JWTRule rule, string path, Findings findings)
    {
        if (string.IsNullOrEmpty(rule.Issuer) && string.IsNullOrEmpty(rule.JwksUri))
        {
            findings.Error(path + ".issuer", "neither an issuer nor the place of its keys is named", "give issuer, jwksUri or both");
        }

        if (!string.IsNullOrEmpty(rule.Jwks) && !string.IsNullOrEmpty(rule.JwksUri))
        {
            findings.Error(path + ".jwks", "the keys are given twice", "keep one of jwks and jwksUri");
        }

        if (!string.IsNullOrEmpty(rule.JwksUri) && !(Uri.TryCreate(rule.JwksUri, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
        {
            findings.Error(path + ".jwksUri", $"'{rule.JwksUri}' is not an http or https address", "write it like https://issuer.example/keys");
        }

        if (rule.Audiences?.Contains("") == true)
        {
            findings.Error(path + ".audiences", "has an empty value", "remove it");
        }

        findings.Duration(path + ".timeout", rule.Timeout);
        CheckKeys(rule.Jwks, path + ".jwks", findings);
        CheckPlaces(rule, path, findings);
    }

    private static void CheckPlaces(JWTRule rule, string path, Findings findings)
    {
        for (var i = 0; i < (rule.FromHeaders?.Count ?? 0); i++)
        {
            findings.HeaderName($"{path}.fromHeaders[{i}].name", rule.FromHeaders![i].Name ?? "");
        }

        if (rule.FromParams?.Contains("") == true)
        {
            findings.Error(path + ".fromParams", "has an empty name", "name the query parameter");
        }

        if (rule.FromCookies?.Contains("") == true)
        {
            findings.Error(path + ".fromCookies", "has an empty name", "name the cookie");
        }

        if (rule.OutputPayloadToHeader is { Length: > 0 } header)
        {
            findings.HeaderName(path + ".outputPayloadToHeader", header);
        }

        for (var i = 0; i < (rule.OutputClaimToHeaders?.Count ?? 0); i++)
        {
            var claim = rule.OutputClaimToHeaders![i];
            findings.HeaderName($"{path}.outputClaimToHeaders[{i}].header", claim.Header ?? "");
            if (string.IsNullOrEmpty(claim.Claim))
            {
                findings.Error($"{path}.outputClaimToHeaders[{i}].claim", "is missing", "name the claim");
            }
        }
    }

    private static void CheckKeys(string? jwks, string path, Findings findings)
    {
        if (string.IsNullOrEmpty(jwks))
        {
            return;
        }

        try
        {
            using var document = JsonDocument.Parse(jwks);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("keys", out var keys) || keys.ValueKind != JsonValueKind.Array)
            {
                findings.Error(path, "has no list of keys", "write it like {\"keys\": [{\"kty\": \"RSA\", …}]}");
            }
            else if (keys.EnumerateArray().Any(key => key.ValueKind == JsonValueKind.Object && PrivateParts.Any(part => key.TryGetProperty(part, out _))))
            {
                findings.Warn(path, "has the private parts of a key, for everybody who may read this object", "publish the public key only, and make a new one");
            }
        }
        catch (JsonException error)
        {
            findings.Error(path, $"is not JSON: {error.Message}", "write it like {\"keys\": [{\"kty\": \"RSA\", …}]}");
        }
    }
}
