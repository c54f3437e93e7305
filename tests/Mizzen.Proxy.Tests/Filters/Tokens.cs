using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Mizzen.Proxy.Tests.Filters;

/// <summary>Signs tokens, and publishes the key as a JWK set.</summary>
internal sealed class Tokens : IDisposable
{
    private readonly AsymmetricAlgorithm _key;
    private readonly string _algorithm;

    private Tokens(AsymmetricAlgorithm key, string algorithm)
    {
        _key = key;
        _algorithm = algorithm;
    }

    public static Tokens By(string algorithm) => new(
        algorithm switch
        {
            "ES256" => ECDsa.Create(ECCurve.NamedCurves.nistP256),
            "ES384" => ECDsa.Create(ECCurve.NamedCurves.nistP384),
            "ES512" => ECDsa.Create(ECCurve.NamedCurves.nistP521),
            _ => RSA.Create(2048),
        },
        algorithm);

    /// <summary>The JWK set.</summary>
    public string Keys(string id = "k1") => _key switch
    {
        RSA rsa when rsa.ExportParameters(false) is var parameters =>
            $$$"""{"keys": [{"kty": "RSA", "kid": "{{{id}}}", "alg": "{{{_algorithm}}}", "n": "{{{Text(parameters.Modulus!)}}}", "e": "{{{Text(parameters.Exponent!)}}}"}]}""",
        ECDsa ec when ec.ExportParameters(false) is var parameters =>
            $$$"""{"keys": [{"kty": "EC", "kid": "{{{id}}}", "crv": "{{{Curve}}}", "x": "{{{Text(parameters.Q.X!)}}}", "y": "{{{Text(parameters.Q.Y!)}}}"}]}""",
        _ => throw new InvalidOperationException(),
    };

    /// <summary>A token with these claims.</summary>
    public string Sign(object claims, string id = "k1", string? header = null)
    {
        var head = header ?? $$"""{"alg": "{{_algorithm}}", "kid": "{{id}}", "typ": "JWT"}""";
        var signed = $"{Text(Encoding.UTF8.GetBytes(head))}.{Text(JsonSerializer.SerializeToUtf8Bytes(claims))}";
        return $"{signed}.{Text(Signature(Encoding.ASCII.GetBytes(signed)))}";
    }

    public static long In(int seconds) => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + seconds;

    public void Dispose() => _key.Dispose();

    private string Curve => _algorithm switch { "ES256" => "P-256", "ES384" => "P-384", _ => "P-521" };

    private byte[] Signature(byte[] data)
    {
        var hash = _algorithm[2..] switch { "256" => HashAlgorithmName.SHA256, "384" => HashAlgorithmName.SHA384, _ => HashAlgorithmName.SHA512 };
        return _key switch
        {
            RSA rsa => rsa.SignData(data, hash, _algorithm[0] == 'P' ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1),
            ECDsa ec => ec.SignData(data, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
            _ => throw new InvalidOperationException(),
        };
    }

    private static string Text(byte[] bytes) => Base64Url.EncodeToString(bytes);
}
