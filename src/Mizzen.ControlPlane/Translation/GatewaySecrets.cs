using System.Text;
using Envoy.Config.Core.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Google.Protobuf;
using Mizzen.ControlPlane.Model;
using Resource = Mizzen.Resources.Core.Secret;

namespace Mizzen.ControlPlane.Translation;

/// <summary>
/// The Secrets that the servers of a gateway name, as Envoy's messages. Servers of Istio's Gateways only get those of the gateway's own
/// namespace: who may run a gateway there may read them anyway. Those of the Gateway API may get others, where a ReferenceGrant allows it.
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
                Add(messages, GatewayTls.SecretName(server, name), Find(mesh, proxy, server, name) is { } secret ? Certificate(secret) : null);
            }

            if (GatewayTls.AuthoritiesOf(server) is { } authorities)
            {
                Add(messages, GatewayTls.SecretName(server, authorities), AuthoritiesFor(mesh, proxy, server, authorities));
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
            secret.Name = name;
            messages[name] = secret;
        }
    }

    private static Resource? Find(MeshSnapshot mesh, ProxyView proxy, MeshGatewayServer server, string name)
    {
        var (ns, own) = server.Gateway.PodNamespace is not null && CredentialNames.Secret(name) is { } named ? named : (proxy.Namespace, name);
        return Find(mesh, ns, own);
    }

    private static Resource? Find(MeshSnapshot mesh, string ns, string name) =>
        mesh.Resources.Secrets.FirstOrDefault(secret => secret.Metadata.Name == name && secret.Metadata.Namespace == ns);

    private static Secret? AuthoritiesFor(MeshSnapshot mesh, ProxyView proxy, MeshGatewayServer server, string name)
    {
        var own = name[..^GatewayTls.AuthoritySuffix.Length];
        return server.Gateway.PodNamespace is not null && CredentialNames.Authorities(own) is { } maps
            ? Authorities(mesh, maps)
            : Authorities(Find(mesh, proxy.Namespace, name)) ?? Authorities(Find(mesh, proxy.Namespace, own));
    }

    private static Secret? Authorities(MeshSnapshot mesh, IReadOnlyList<(string Namespace, string Name)> names)
    {
        var texts = names.Select(name => mesh.Resources.ConfigMaps.FirstOrDefault(map => map.Metadata.Name == name.Name && map.Metadata.Namespace == name.Namespace)?.Data?.GetValueOrDefault("ca.crt"));
        var pem = string.Join('\n', texts.OfType<string>());
        return pem.Length > 0 ? new Secret { ValidationContext = new CertificateValidationContext { TrustedCa = new DataSource { InlineBytes = ByteString.CopyFromUtf8(pem) } } } : null;
    }

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
