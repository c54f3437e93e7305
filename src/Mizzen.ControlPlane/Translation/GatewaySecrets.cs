using System.Text;
using Envoy.Config.Core.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Google.Protobuf;
using Mizzen.ControlPlane.Model;
using Resource = Mizzen.Resources.Core.Secret;

namespace Mizzen.ControlPlane.Translation;

/// <summary>
/// The Secrets that the servers of a gateway name, as Envoy's messages. Only those of the gateway's own namespace: who may run a gateway
/// there may read them anyway.
/// </summary>
internal static class GatewaySecrets
{
    public static Dictionary<string, IMessage> For(MeshSnapshot mesh, ProxyView proxy)
    {
        var messages = new Dictionary<string, IMessage>(StringComparer.Ordinal);
        foreach (var server in mesh.Gateways.For(proxy.Labels, proxy.Namespace).SelectMany(gateway => gateway.Servers).Where(GatewayTls.IsTerminated))
        {
            foreach (var name in GatewayTls.CredentialsOf(server))
            {
                Add(messages, name, Find(mesh, proxy, name) is { } secret ? Certificate(secret) : null);
            }

            if (GatewayTls.AuthoritiesOf(server) is { } authorities)
            {
                var shared = Find(mesh, proxy, authorities[..^GatewayTls.AuthoritySuffix.Length]);
                Add(messages, authorities, Authorities(Find(mesh, proxy, authorities)) ?? Authorities(shared));
            }
        }

        return messages;
    }

    /// <summary>Why a Secret cannot serve as certificate; null when it can.</summary>
    public static string? Lacks(Resource secret) => Certificate(secret) is null ? "it has neither tls.crt and tls.key nor cert and key" : null;

    private static void Add(Dictionary<string, IMessage> messages, string name, Secret? secret)
    {
        if (secret is not null)
        {
            secret.Name = GatewayTls.SecretPrefix + name;
            messages[secret.Name] = secret;
        }
    }

    private static Resource? Find(MeshSnapshot mesh, ProxyView proxy, string name) =>
        mesh.Resources.Secrets.FirstOrDefault(secret => secret.Metadata.Name == name && secret.Metadata.Namespace == proxy.Namespace);

    private static Secret? Certificate(Resource secret) => Value(secret, "tls.crt", "cert") is { } chain && Value(secret, "tls.key", "key") is { } key
        ? new Secret { TlsCertificate = new TlsCertificate { CertificateChain = chain, PrivateKey = key } }
        : null;

    private static Secret? Authorities(Resource? secret) => secret is not null && Value(secret, "ca.crt", "cacert") is { } authorities
        ? new Secret { ValidationContext = new CertificateValidationContext { TrustedCa = authorities, Crl = Value(secret, "ca.crl", "crl") } }
        : null;

    private static DataSource? Value(Resource secret, params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (secret.Data?.GetValueOrDefault(key) is { Length: > 0 } encoded)
            {
                var bytes = new byte[Encoding.ASCII.GetByteCount(encoded)];
                return Convert.TryFromBase64String(encoded, bytes, out var length) ? new DataSource { InlineBytes = ByteString.CopyFrom(bytes, 0, length) } : null;
            }
        }

        return null;
    }
}
