using Envoy.Config.Core.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Google.Protobuf.WellKnownTypes;
using Mizzen.Proxy.Routing;
using Mizzen.Proxy.Tls;
using TlsCertificate = Mizzen.Proxy.Tls.TlsCertificate;

namespace Mizzen.Proxy.Configuration;

/// <summary>TLS contexts of Envoy's API as the engine's settings. Secrets that they name are put in when the snapshot is made.</summary>
internal static class TlsCompiler
{
    private const string TlsSocket = "envoy.transport_sockets.tls";
    private const string RawSocket = "envoy.transport_sockets.raw_buffer";

    /// <summary>A filter chain's transport socket; null for a plain one.</summary>
    public static ServerTls? Server(TransportSocket? socket, Duration? handshakeTimeout, Problems problems)
    {
        using var scope = problems.At("transport_socket");
        if (!IsTls(socket, problems) || Values.Unpack<DownstreamTlsContext>(socket!.TypedConfig, socket.Name, problems) is not { } context)
        {
            return null;
        }

        var common = context.CommonTlsContext ?? new CommonTlsContext();
        using var inside = problems.At("common_tls_context");
        if (common.TlsCertificates.Count + common.TlsCertificateSdsSecretConfigs.Count == 0)
        {
            problems.Add("a server needs tls_certificates or tls_certificate_sds_secret_configs");
        }

        return new ServerTls
        {
            Spec = Spec(common, isServer: true, problems),
            Protocols = Protocols(common, problems),
            RequiresClientCertificate = context.RequireClientCertificate == true,
            HandshakeTimeout = Values.Milliseconds(handshakeTimeout, ServerTls.DefaultHandshakeTimeout),
        };
    }

    /// <summary>A cluster's transport socket; null for a plain one.</summary>
    public static ClientTls? Client(TransportSocket? socket, Problems problems)
    {
        using var scope = problems.At("transport_socket");
        if (!IsTls(socket, problems) || Values.Unpack<UpstreamTlsContext>(socket!.TypedConfig, socket.Name, problems) is not { } context)
        {
            return null;
        }

        var common = context.CommonTlsContext ?? new CommonTlsContext();
        using var inside = problems.At("common_tls_context");
        return new ClientTls
        {
            Spec = Spec(common, isServer: false, problems),
            Protocols = Protocols(common, problems),
            ServerName = context.Sni,
            AutoServerName = context.AutoHostSni,
            AutoNames = context.AutoSniSanValidation,
        };
    }

    /// <summary>A secret (<c>envoy.extensions.transport_sockets.tls.v3.Secret</c>).</summary>
    public static SecretModel? Secret(Secret secret, Problems problems)
    {
        switch (secret.TypeCase)
        {
            case Envoy.Extensions.TransportSockets.Tls.V3.Secret.TypeOneofCase.TlsCertificate:
                using (problems.At("tls_certificate"))
                {
                    return Certificate(secret.TlsCertificate, problems) is { } certificate ? new SecretModel { Certificate = certificate } : null;
                }

            case Envoy.Extensions.TransportSockets.Tls.V3.Secret.TypeOneofCase.ValidationContext:
                using (problems.At("validation_context"))
                {
                    return new SecretModel { Validation = Validation(secret.ValidationContext, problems) };
                }

            default:
                problems.Add("a secret holds a tls_certificate or a validation_context");
                return null;
        }
    }

    private static bool IsTls(TransportSocket? socket, Problems problems)
    {
        if (socket is null || socket.Name == RawSocket)
        {
            return false;
        }

        if (socket.Name != TlsSocket)
        {
            problems.Add($"this proxy has no transport socket {socket.Name}");
            return false;
        }

        if (OpenSsl.Missing is { } missing)
        {
            problems.Add(missing);
            return false;
        }

        return true;
    }

    private static TlsSpec Spec(CommonTlsContext common, bool isServer, Problems problems)
    {
        var parameters = common.TlsParams ?? new TlsParameters();
        var combined = common.CombinedValidationContext;
        var inline = common.ValidationContext ?? combined?.DefaultValidationContext;
        Check(parameters, problems);
        return new TlsSpec
        {
            IsServer = isServer,
            Certificates = [.. common.TlsCertificates.Select((certificate, index) => Certificate(certificate, index, problems)).OfType<TlsCertificate>()],
            CertificateSecrets = [.. common.TlsCertificateSdsSecretConfigs.Select(Reference)],
            Validation = inline is null ? null : InField("validation_context", () => Validation(inline, problems), problems),
            ValidationSecret = (common.ValidationContextSdsSecretConfig ?? combined?.ValidationContextSdsSecretConfig) is { } secret ? Reference(secret) : null,
            MinimumVersion = Version(parameters.TlsMinimumProtocolVersion, LibSsl.Tls12, "tls_minimum_protocol_version", problems),
            MaximumVersion = Version(parameters.TlsMaximumProtocolVersion, LibSsl.Tls13, "tls_maximum_protocol_version", problems),
            CipherSuites = [.. parameters.CipherSuites],
            Groups = [.. parameters.EcdhCurves],
        };
    }

    // Better refused with the resource than found out when its secrets are there.
    private static void Check(TlsParameters parameters, Problems problems)
    {
        if (parameters.CipherSuites.Count + parameters.EcdhCurves.Count > 0)
        {
            Checked(() => TlsContext.Create(new TlsSettings { CipherSuites = [.. parameters.CipherSuites], Groups = [.. parameters.EcdhCurves] }), problems)?.Dispose();
        }
    }

    // Secrets of the control plane come over ADS; those of Istio's agent (default, ROOTCA, file-…) are made in this process.
    private static SecretReference Reference(SdsSecretConfig config) => new(config.Name, config.SdsConfig?.Ads is null);

    private static byte[] Protocols(CommonTlsContext common, Problems problems)
    {
        try
        {
            return ProtocolList.Encode(common.AlpnProtocols);
        }
        catch (InvalidDataException error)
        {
            problems.Add(error.Message);
            return [];
        }
    }

    private static int Version(TlsParameters.Types.TlsProtocol version, int absent, string field, Problems problems)
    {
        switch (version)
        {
            case TlsParameters.Types.TlsProtocol.TlsAuto:
                return absent;
            case TlsParameters.Types.TlsProtocol.Tlsv12:
                return LibSsl.Tls12;
            case TlsParameters.Types.TlsProtocol.Tlsv13:
                return LibSsl.Tls13;
            default:
                // A lower minimum is raised rather than refused: it asks for what old clients may have, not for what is safe.
                if (field == "tls_maximum_protocol_version")
                {
                    problems.Add($"tls_params.{field}: TLS below 1.2 is not spoken");
                }

                return LibSsl.Tls12;
        }
    }

    private static TlsCertificate? Certificate(Envoy.Extensions.TransportSockets.Tls.V3.TlsCertificate message, int index, Problems problems) =>
        InField($"tls_certificates[{index}]", () => Certificate(message, problems), problems);

    private static TlsCertificate? Certificate(Envoy.Extensions.TransportSockets.Tls.V3.TlsCertificate message, Problems problems)
    {
        var chain = DataSources.Read(message.CertificateChain, "certificate_chain", problems);
        var key = DataSources.Read(message.PrivateKey, "private_key", problems);
        var password = message.Password is null ? [] : DataSources.Read(message.Password, "password", problems);
        return chain is null || key is null || password is null
            ? null
            : Checked(() => TlsCertificate.Of(chain, key, System.Text.Encoding.UTF8.GetString(password)), problems);
    }

    private static PeerValidation? Validation(CertificateValidationContext message, Problems problems)
    {
        if (message.VerifyCertificateHash.Count + message.VerifyCertificateSpki.Count > 0)
        {
            problems.Add("verify_certificate_hash, verify_certificate_spki: certificates cannot be pinned yet; name who signed them (trusted_ca) and match_typed_subject_alt_names");
        }

        return new PeerValidation(
            Trust(message, problems),
            Names(message, problems),
            message.TrustChainVerification == CertificateValidationContext.Types.TrustChainVerification.AcceptUntrusted);
    }

    private static TrustedAuthorities? Trust(CertificateValidationContext message, Problems problems)
    {
        if (message.SystemRootCerts is not null)
        {
            return TrustedAuthorities.System;
        }

        if (message.TrustedCa is null || DataSources.Read(message.TrustedCa, "trusted_ca", problems) is not { } pem)
        {
            return null;
        }

        var revoked = message.Crl is null ? null : DataSources.Read(message.Crl, "crl", problems);
        return Checked(() => TrustedAuthorities.Of(pem, revoked), problems);
    }

    private static PeerNames? Names(CertificateValidationContext message, Problems problems)
    {
        var matchers = new List<Func<SubjectName, bool>>();
        foreach (var typed in message.MatchTypedSubjectAltNames)
        {
            NameKind? kind = typed.SanType switch
            {
                SubjectAltNameMatcher.Types.SanType.Uri => NameKind.Uri,
                SubjectAltNameMatcher.Types.SanType.Dns => NameKind.Dns,
                SubjectAltNameMatcher.Types.SanType.IpAddress => NameKind.Address,
                _ => null,
            };
            if (kind is null)
            {
                problems.Add($"match_typed_subject_alt_names: names of kind {typed.SanType} are not supported");
                continue;
            }

            matchers.Add(Matcher(typed.Matcher, kind, problems));
        }

        matchers.AddRange(message.MatchSubjectAltNames.Select(matcher => Matcher(matcher, null, problems)));
        return matchers.Count == 0 ? null : new PeerNames(name => matchers.Exists(matches => matches(name)), $"{message.MatchTypedSubjectAltNames} {message.MatchSubjectAltNames}");
    }

    private static Func<SubjectName, bool> Matcher(Envoy.Type.Matcher.V3.StringMatcher matcher, NameKind? kind, Problems problems)
    {
        var model = Values.Text(matcher, problems);
        var exact = matcher.Exact;
        // An exact DNS name of ours may be covered by a wildcard of theirs (Envoy).
        return name => (kind is null || name.Kind == kind)
            && ((name.Kind == NameKind.Dns && exact.Length > 0 && PeerNames.IsFor(name.Text, exact)) || TextMatcher.Matches(model, Values.Utf8(name.Text)));
    }

    private static T? InField<T>(string field, Func<T?> read, Problems problems)
        where T : class
    {
        using var scope = problems.At(field);
        return read();
    }

    private static T? Checked<T>(Func<T> make, Problems problems)
        where T : class
    {
        try
        {
            return make();
        }
        catch (InvalidDataException error)
        {
            problems.Add(error.Message);
            return null;
        }
    }
}
