using Envoy.Config.Core.V3;
using Envoy.Config.Listener.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Envoy.Type.Matcher.V3;
using Mizzen.ControlPlane.Model;
using Mizzen.Identity;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Translation;

/// <summary>How a gateway's servers speak TLS.</summary>
internal static class GatewayTls
{
    /// <summary>In front of names of Secrets of the gateway's namespace (Istio's SDS names).</summary>
    public const string SecretPrefix = "kubernetes://";

    /// <summary>Behind the name of a Secret when its authorities are meant.</summary>
    public const string AuthoritySuffix = "-cacert";

    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(15);

    /// <summary>The server's connections are decrypted here; otherwise they pass unopened.</summary>
    public static bool IsTerminated(MeshGatewayServer server) => ModeOf(server) is "SIMPLE" or "MUTUAL" or "OPTIONAL_MUTUAL" or "ISTIO_MUTUAL";

    public static bool IsPassthrough(MeshGatewayServer server) => ModeOf(server) == "PASSTHROUGH";

    /// <summary>The names of the Secrets with the server's certificates.</summary>
    public static IEnumerable<string> CredentialsOf(MeshGatewayServer server)
    {
        var tls = server.Server.Tls;
        return tls?.CredentialNames is { Count: > 0 } several ? several : tls?.CredentialName is { Length: > 0 } one ? [one] : [];
    }

    /// <summary>The name under which the authorities of a server's clients are asked for; null when clients need no certificate.</summary>
    public static string? AuthoritiesOf(MeshGatewayServer server) => ModeOf(server) is "MUTUAL" or "OPTIONAL_MUTUAL"
        ? server.Server.Tls?.CaCertCredentialName is { Length: > 0 } own ? own + AuthoritySuffix
            : CredentialsOf(server).FirstOrDefault() is { } name ? name + AuthoritySuffix : null
        : null;

    /// <summary>The name of a secret in SDS. What the control plane makes of the Gateway API says the namespace with it.</summary>
    public static string SecretName(MeshGatewayServer server, string name) => server.Gateway.PodNamespace is null ? SecretPrefix + name : name;

    /// <summary>Makes a chain for the server's hosts only, unless it has its own, and encrypted as its mode says.</summary>
    public static FilterChain Secure(FilterChain chain, MeshGatewayServer server, TrustDomain domain, params string[] protocols)
    {
        chain.FilterChainMatch ??= Match(server.Hosts.Select(host => host.Host));
        chain.TransportSocket = ModeOf(server) == "ISTIO_MUTUAL" ? MutualTls.Server(domain, protocols) : Socket(server, protocols);
        chain.TransportSocketConnectTimeout = Messages.Of(HandshakeTimeout);
        return chain;
    }

    /// <summary>The names that clients ask for; all when any of them is a star.</summary>
    public static FilterChainMatch Match(IEnumerable<string> hosts)
    {
        var names = hosts.Distinct(StringComparer.Ordinal).ToList();
        var match = new FilterChainMatch { TransportProtocol = "tls" };
        if (!names.Contains("*"))
        {
            match.ServerNames.Add(names);
        }

        return match;
    }

    private static string ModeOf(MeshGatewayServer server) => server.Server.Tls?.Mode ?? "PASSTHROUGH";

    private static TransportSocket Socket(MeshGatewayServer server, string[] protocols)
    {
        var tls = server.Server.Tls ?? new ServerTLSSettings();
        var common = new CommonTlsContext { AlpnProtocols = { protocols }, TlsParams = Parameters(tls) };
        common.TlsCertificateSdsSecretConfigs.Add(CredentialsOf(server).Select(name => FromControlPlane(SecretName(server, name))));
        if (common.TlsCertificateSdsSecretConfigs.Count == 0)
        {
            common.TlsCertificates.Add(new TlsCertificate { CertificateChain = File(tls.ServerCertificate), PrivateKey = File(tls.PrivateKey) });
        }

        Validate(common, server, tls);
        return new TransportSocket
        {
            Name = EnvoyNames.TlsSocket,
            TypedConfig = Messages.Pack(new DownstreamTlsContext { CommonTlsContext = common, RequireClientCertificate = tls.Mode == "MUTUAL" }),
        };
    }

    private static void Validate(CommonTlsContext common, MeshGatewayServer server, ServerTLSSettings tls)
    {
        if (tls.Mode is not ("MUTUAL" or "OPTIONAL_MUTUAL"))
        {
            return;
        }

        var names = new CertificateValidationContext();
        names.TrustChainVerification = tls.InsecureSkipVerify == true
            ? CertificateValidationContext.Types.TrustChainVerification.AcceptUntrusted
            : CertificateValidationContext.Types.TrustChainVerification.VerifyTrustChain;
        names.MatchSubjectAltNames.Add((tls.SubjectAltNames ?? []).Select(name => new StringMatcher { Exact = name }));
        if (AuthoritiesOf(server) is not { } authorities)
        {
            names.TrustedCa = File(tls.CaCertificates);
            names.Crl = tls.CaCrl is { Length: > 0 } ? File(tls.CaCrl) : null;
            common.ValidationContext = names;
            return;
        }

        common.CombinedValidationContext = new CommonTlsContext.Types.CombinedCertificateValidationContext
        {
            DefaultValidationContext = names,
            ValidationContextSdsSecretConfig = FromControlPlane(SecretName(server, authorities)),
        };
    }

    private static TlsParameters Parameters(ServerTLSSettings tls) => new()
    {
        TlsMinimumProtocolVersion = tls.MinProtocolVersion == "TLSV1_3" ? TlsParameters.Types.TlsProtocol.Tlsv13 : TlsParameters.Types.TlsProtocol.Tlsv12,
        TlsMaximumProtocolVersion = tls.MaxProtocolVersion == "TLSV1_2" ? TlsParameters.Types.TlsProtocol.Tlsv12 : TlsParameters.Types.TlsProtocol.TlsAuto,
        CipherSuites = { tls.CipherSuites ?? [] },
    };

    private static SdsSecretConfig FromControlPlane(string name) => new() { Name = name, SdsConfig = Messages.Ads };

    private static DataSource File(string? path) => new() { Filename = path ?? "" };
}
