using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Mizzen.Identity.Tokens;

/// <summary>
/// Issues and verifies Kubernetes service-account tokens: JWT with ES256 (RFC 7515, RFC 7518 section 3.4), bound to audiences,
/// with the private claim <c>kubernetes.io</c>. Safe for use from several threads.
/// </summary>
public sealed class ServiceAccountTokenIssuer : IDisposable
{
    /// <summary>The issuer and default audience of an ordinary cluster.</summary>
    public const string DefaultIssuer = "https://kubernetes.default.svc.cluster.local";

    private readonly ECDsa _key;
    private readonly TimeProvider _clock;
    private readonly string _header;

    private ServiceAccountTokenIssuer(ECDsa key, string issuer, TimeProvider clock)
    {
        _key = key;
        _clock = clock;
        Issuer = issuer;
        KeyId = Base64Url.EncodeToString(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));
        _header = Base64Url.EncodeToString(Encoding.UTF8.GetBytes($$"""{"alg":"ES256","kid":"{{KeyId}}"}"""));
        Verifier = new ServiceAccountTokenVerifier(key, KeyId, issuer, clock);
    }

    /// <summary>The <c>iss</c> of every token, a URL.</summary>
    public string Issuer { get; }

    /// <summary>The id of the signing key (<c>kid</c>): SHA-256 of its public key.</summary>
    public string KeyId { get; }

    /// <summary>Verifies what this issuer issued.</summary>
    public ServiceAccountTokenVerifier Verifier { get; }

    /// <summary>Makes an issuer with a new key.</summary>
    public static ServiceAccountTokenIssuer Create(string issuer, TimeProvider clock) =>
        new(ECDsa.Create(ECCurve.NamedCurves.nistP256), issuer, clock);

    /// <summary>Loads <c>sa.key</c> (PKCS #8, PEM) from a directory, or makes it there, readable by its owner only.</summary>
    /// <exception cref="IOException">The directory cannot be read or written.</exception>
    public static ServiceAccountTokenIssuer LoadOrCreate(string directory, string issuer, TimeProvider clock)
    {
        var path = Path.Combine(directory, "sa.key");
        if (File.Exists(path))
        {
            var key = ECDsa.Create();
            key.ImportFromPem(File.ReadAllText(path));
            return new ServiceAccountTokenIssuer(key, issuer, clock);
        }

        Directory.CreateDirectory(directory);
        var made = Create(issuer, clock);
        SecretFile.Write(path, made._key.ExportPkcs8PrivateKeyPem() + "\n");
        return made;
    }

    /// <summary>Issues a token.</summary>
    /// <exception cref="ArgumentException">The grant names no audience or a lifetime that is not positive.</exception>
    public IssuedToken Issue(TokenGrant grant)
    {
        if (grant.Audiences.Count == 0 || grant.Lifetime <= TimeSpan.Zero)
        {
            throw new ArgumentException("a token needs an audience and a positive lifetime", nameof(grant));
        }

        var now = _clock.GetUtcNow().ToUnixTimeSeconds();
        var end = now + (long)grant.Lifetime.TotalSeconds;
        var signed = $"{_header}.{Base64Url.EncodeToString(Claims(grant, now, end))}";
        var signature = _key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return new IssuedToken($"{signed}.{Base64Url.EncodeToString(signature)}", DateTimeOffset.FromUnixTimeSeconds(end));
    }

    /// <summary>The public key as a JSON Web Key Set (RFC 7517), the document behind <c>/openid/v1/jwks</c>.</summary>
    public string Jwks()
    {
        var point = _key.ExportParameters(includePrivateParameters: false).Q;
        return $$"""{"keys":[{"use":"sig","kty":"EC","kid":"{{KeyId}}","crv":"P-256","alg":"ES256","x":"{{Base64Url.EncodeToString(point.X)}}","y":"{{Base64Url.EncodeToString(point.Y)}}"}]}""";
    }

    /// <summary>The OpenID provider configuration, the document behind <c>/.well-known/openid-configuration</c>.</summary>
    /// <param name="jwksUri">Where <see cref="Jwks"/> is served.</param>
    public string ProviderConfiguration(Uri jwksUri) =>
        $$"""{"issuer":"{{Issuer}}","jwks_uri":"{{jwksUri}}","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["ES256"]}""";

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private ReadOnlySpan<byte> Claims(TokenGrant grant, long now, long end)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("aud");
            foreach (var audience in grant.Audiences)
            {
                json.WriteStringValue(audience);
            }

            json.WriteEndArray();
            json.WriteNumber("exp", end);
            json.WriteNumber("iat", now);
            json.WriteString("iss", Issuer);
            json.WriteString("jti", Guid.NewGuid());
            WriteKubernetesClaim(json, grant);
            json.WriteNumber("nbf", now);
            json.WriteString("sub", $"system:serviceaccount:{grant.Namespace}:{grant.ServiceAccount}");
            json.WriteEndObject();
        }

        return buffer.WrittenSpan;
    }

    private static void WriteKubernetesClaim(Utf8JsonWriter json, TokenGrant grant)
    {
        json.WriteStartObject("kubernetes.io");
        json.WriteString("namespace", grant.Namespace);
        if (grant.NodeName is not null)
        {
            json.WriteStartObject("node");
            json.WriteString("name", grant.NodeName);
            json.WriteEndObject();
        }

        if (grant.PodName is not null)
        {
            json.WriteStartObject("pod");
            json.WriteString("name", grant.PodName);
            json.WriteString("uid", grant.PodUid);
            json.WriteEndObject();
        }

        json.WriteStartObject("serviceaccount");
        json.WriteString("name", grant.ServiceAccount);
        json.WriteString("uid", grant.ServiceAccountUid);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
