using Envoy.Config.Core.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Google.Protobuf;

namespace Mizzen.Proxy.Configuration;

/// <summary>The secrets of the workload itself, under the names by which Istio's configuration asks the agent for them.</summary>
internal static class LocalSecrets
{
    public const string Certificate = "default";
    public const string Roots = "ROOTCA";

    /// <summary>The workload's certificate.</summary>
    public static Secret OfCertificate(string chainPem, string keyPem) => new()
    {
        Name = Certificate,
        TlsCertificate = new TlsCertificate { CertificateChain = Inline(chainPem), PrivateKey = Inline(keyPem) },
    };

    /// <summary>The authorities of the mesh.</summary>
    public static Secret OfRoots(string pem) => new() { Name = Roots, ValidationContext = new CertificateValidationContext { TrustedCa = Inline(pem) } };

    private static DataSource Inline(string text) => new() { InlineBytes = ByteString.CopyFromUtf8(text) };
}
