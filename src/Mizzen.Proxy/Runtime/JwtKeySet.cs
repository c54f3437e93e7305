using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace Mizzen.Proxy.Runtime;

/// <summary>Public keys of an issuer (JWK set, RFC 7517). Keys of kinds that are not known are left out, as the RFC says.</summary>
internal sealed class JwtKeySet(IReadOnlyList<JwtKey> keys)
{
    public IReadOnlyList<JwtKey> Keys { get; } = keys;

    /// <summary>Reads a set.</summary>
    /// <exception cref="FormatException">It is not a JWK set.</exception>
    public static JwtKeySet Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("keys", out var keys)
                || keys.ValueKind != JsonValueKind.Array)
            {
                throw new FormatException("it has no list of keys");
            }

            return new JwtKeySet([.. keys.EnumerateArray().Select(Key).OfType<JwtKey>()]);
        }
        catch (JsonException error)
        {
            throw new FormatException(error.Message, error);
        }
    }

    private static JwtKey? Key(JsonElement key)
    {
        if (key.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var id = Text(key, "kid");
        var algorithm = Text(key, "alg");
        return Text(key, "kty") switch
        {
            "RSA" when Bytes(key, "n") is { } modulus && Bytes(key, "e") is { } exponent =>
                new JwtKey(id, algorithm) { Rsa = new RSAParameters { Modulus = modulus, Exponent = exponent } },
            "EC" when Curve(Text(key, "crv")) is { } curve && Bytes(key, "x") is { } x && Bytes(key, "y") is { } y =>
                new JwtKey(id, algorithm) { Ec = new ECParameters { Curve = curve, Q = new ECPoint { X = x, Y = y } } },
            "oct" when Bytes(key, "k") is { } secret => new JwtKey(id, algorithm) { Secret = secret },
            _ => null,
        };
    }

    private static ECCurve? Curve(string name) => name switch
    {
        "P-256" => ECCurve.NamedCurves.nistP256,
        "P-384" => ECCurve.NamedCurves.nistP384,
        "P-521" => ECCurve.NamedCurves.nistP521,
        _ => null,
    };

    private static string Text(JsonElement key, string name) =>
        key.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static byte[]? Bytes(JsonElement key, string name)
    {
        var text = Text(key, name);
        return text.Length > 0 && Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : null;
    }
}

/// <summary>One key; exactly one of its kinds is set.</summary>
/// <param name="Id">Empty for none.</param>
/// <param name="Algorithm">The only algorithm it is for; empty for any of its kind.</param>
internal sealed record JwtKey(string Id, string Algorithm)
{
    public RSAParameters? Rsa { get; init; }

    public ECParameters? Ec { get; init; }

    public byte[]? Secret { get; init; }
}
