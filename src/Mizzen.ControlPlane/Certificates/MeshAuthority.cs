using System.Text;
using Mizzen.Client;
using Mizzen.Identity;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.ControlPlane.Certificates;

/// <summary>The mesh's certificate authority, kept as Istio keeps it: Secret <c>istio-ca-secret</c> of the root namespace.</summary>
internal static class MeshAuthority
{
    /// <summary>Istio's name for the self-signed authority.</summary>
    public const string SecretName = "istio-ca-secret";

    private const string CertificateKey = "ca-cert.pem";
    private const string PrivateKeyKey = "ca-key.pem";

    /// <summary>Reads the authority, or makes one; when two control planes make one at once, the first one's is everybody's.</summary>
    /// <exception cref="ApiException">The API server refuses.</exception>
    /// <exception cref="InvalidDataException">The Secret is there but lacks a key.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The Secret's contents are damaged.</exception>
    public static async Task<CertificateAuthority> LoadOrCreateAsync(ResourceClient client, string ns, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (await client.FindAsync<Secret>(ns, SecretName, cancellationToken) is { } secret)
        {
            return Load(secret, clock);
        }

        var authority = CertificateAuthority.Create("Root CA", clock);
        try
        {
            await client.CreateAsync(SecretOf(authority, ns), cancellationToken);
            return authority;
        }
        catch (ApiException error) when (error.IsConflict)
        {
            authority.Dispose();
            return Load(await client.GetAsync<Secret>(ns, SecretName, cancellationToken), clock);
        }
    }

    private static CertificateAuthority Load(Secret secret, TimeProvider clock) =>
        CertificateAuthority.Load(Text(secret, CertificateKey), Text(secret, PrivateKeyKey), clock);

    private static string Text(Secret secret, string key) => secret.Data?.GetValueOrDefault(key) is { } value
        ? Encoding.UTF8.GetString(Convert.FromBase64String(value))
        : throw new InvalidDataException($"Secret {secret.Metadata.Namespace}/{SecretName} has no key {key}; delete it, and a new authority is made");

    private static Secret SecretOf(CertificateAuthority authority, string ns) => new()
    {
        Metadata = new ObjectMeta { Name = SecretName, Namespace = ns },
        Type = "istio.io/ca-root",
        Data = new Dictionary<string, string>
        {
            [CertificateKey] = Base64(authority.CertificatePem),
            [PrivateKeyKey] = Base64(authority.PrivateKeyPem),
            ["root-cert.pem"] = Base64(authority.CertificatePem),
        },
    };

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
