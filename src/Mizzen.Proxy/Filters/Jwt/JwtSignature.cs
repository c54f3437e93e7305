using System.Security.Cryptography;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Filters.Jwt;

/// <summary>Checks signatures (RFC 7518 section 3) with the platform's cryptography. One per loop: its keys are not shared between threads.</summary>
internal sealed class JwtSignature
{
    private readonly Dictionary<JwtKey, IDisposable> _imported = new(ReferenceEqualityComparer.Instance);

    /// <summary>Whether one of the keys has signed the token. Keys of another id, kind or algorithm are not asked.</summary>
    public JwtStatus Verify(JwtToken token, JwtKeySet keys)
    {
        if (token.Algorithm.Length != 5 || HashOf(token.Algorithm) is not { } hash || token.Algorithm[..2] is not ("RS" or "PS" or "ES" or "HS"))
        {
            return JwtStatus.UnknownAlgorithm;
        }

        var status = JwtStatus.NoKey;
        foreach (var key in keys.Keys)
        {
            if (!IsFor(key, token))
            {
                continue;
            }

            if (Verify(key, token, hash))
            {
                return JwtStatus.Ok;
            }

            status = JwtStatus.VerificationFails;
        }

        return status;
    }

    private static bool IsFor(JwtKey key, JwtToken token) =>
        (key.Id.Length == 0 || token.KeyId.Length == 0 || key.Id == token.KeyId)
        && (key.Algorithm.Length == 0 || key.Algorithm == token.Algorithm)
        && token.Algorithm[0] switch
        {
            'R' or 'P' => key.Rsa is not null,
            'E' => key.Ec is { } ec && SizeOf(ec) == SignatureSizeOf(token.Algorithm),
            _ => key.Secret is not null,
        };

    /// <summary>ES256 is P-256 and nothing else, and so on.</summary>
    private static int SignatureSizeOf(string algorithm) => algorithm switch
    {
        "ES256" => 32,
        "ES384" => 48,
        _ => 66,
    };

    private static int SizeOf(ECParameters ec) => ec.Curve.Oid.FriendlyName switch
    {
        "nistP256" or "ECDSA_P256" => 32,
        "nistP384" or "ECDSA_P384" => 48,
        _ => 66,
    };

    private static HashAlgorithmName? HashOf(string algorithm) => algorithm[2..] switch
    {
        "256" => HashAlgorithmName.SHA256,
        "384" => HashAlgorithmName.SHA384,
        "512" => HashAlgorithmName.SHA512,
        _ => null,
    };

    private bool Verify(JwtKey key, JwtToken token, HashAlgorithmName hash)
    {
        try
        {
            return token.Algorithm[0] switch
            {
                'R' => Rsa(key).VerifyData(token.Signed, token.Signature, hash, RSASignaturePadding.Pkcs1),
                'P' => Rsa(key).VerifyData(token.Signed, token.Signature, hash, RSASignaturePadding.Pss),
                'E' => Ec(key).VerifyData(token.Signed, token.Signature, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
                _ => CryptographicOperations.FixedTimeEquals(CryptographicOperations.HmacData(hash, key.Secret!, token.Signed), token.Signature),
            };
        }
        catch (CryptographicException)
        {
            // The key itself is broken: nobody can have signed with it.
            return false;
        }
    }

    private RSA Rsa(JwtKey key)
    {
        if (!_imported.TryGetValue(key, out var imported))
        {
            var rsa = RSA.Create();
            _imported[key] = imported = rsa;
            rsa.ImportParameters(key.Rsa!.Value);
        }

        return (RSA)imported;
    }

    private ECDsa Ec(JwtKey key)
    {
        if (!_imported.TryGetValue(key, out var imported))
        {
            var ec = ECDsa.Create();
            _imported[key] = imported = ec;
            ec.ImportParameters(key.Ec!.Value);
        }

        return (ECDsa)imported;
    }
}
