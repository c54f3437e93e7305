using Envoy.Config.Cluster.V3;
using Envoy.Config.Core.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Envoy.Type.Matcher.V3;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Translation;

/// <summary>How the connections of an outbound cluster are secured: as its DestinationRule says, else by what each endpoint takes (auto mTLS).</summary>
internal static class UpstreamSecurity
{
    public static void Apply(Cluster cluster, MeshService service, MeshPort port, Subset? subset, TrafficPolicy policy, ServerIdentity identity, BackendTls? tls)
    {
        var serverName = EnvoyNames.ServerName(port.Number, subset?.Name, service.Host);
        if (port.Protocol == PortProtocol.Udp)
        {
            return;
        }

        switch (policy.Tls?.Mode)
        {
            case var _ when tls is not null:
                cluster.TransportSocket = AsPolicy(tls, port.Protocol);
                break;
            case "DISABLE":
                break;
            case "ISTIO_MUTUAL":
                var names = policy.Tls.SubjectAltNames is { Count: > 0 } own ? own : identity.Names;
                cluster.TransportSocket = MutualTls.Client(policy.Tls.Sni is { Length: > 0 } sni ? sni : serverName, names);
                break;
            case "SIMPLE" or "MUTUAL":
                cluster.TransportSocket = Originated(policy.Tls);
                break;
            default:
                Automatic(cluster, service, serverName, identity);
                break;
        }

        if (policy.ProxyProtocol is { } header)
        {
            ProxyHeaders.Apply(cluster, header);
        }
    }

    /// <summary>Whether the cluster can be secured as its rule says; if not it is not made, so that nothing goes out in clear text.</summary>
    public static bool IsPossible(TrafficPolicy policy) => policy.Tls is not { Mode: "SIMPLE" or "MUTUAL", CredentialName.Length: > 0 };

    /// <summary>TLS as a BackendTLSPolicy wants it.</summary>
    private static TransportSocket AsPolicy(BackendTls tls, PortProtocol protocol)
    {
        var validation = new CertificateValidationContext();
        validation.MatchTypedSubjectAltNames.Add(tls.Names.Select(name => new SubjectAltNameMatcher
        {
            SanType = name.IsUri ? SubjectAltNameMatcher.Types.SanType.Uri : SubjectAltNameMatcher.Types.SanType.Dns,
            Matcher = new StringMatcher { Exact = name.Text },
        }));
        if (tls.Authorities is { } pem)
        {
            validation.TrustedCa = new DataSource { InlineString = pem };
        }
        else
        {
            validation.SystemRootCerts = new CertificateValidationContext.Types.SystemRootCerts();
        }

        return new TransportSocket
        {
            Name = EnvoyNames.TlsSocket,
            TypedConfig = Messages.Pack(new UpstreamTlsContext
            {
                Sni = tls.ServerName,
                CommonTlsContext = new CommonTlsContext { ValidationContext = validation, AlpnProtocols = { protocol.IsHttp2() ? ["h2"] : Array.Empty<string>() } },
            }),
        };
    }

    /// <summary>TLS to servers that are not the mesh's.</summary>
    private static TransportSocket Originated(ClientTLSSettings tls)
    {
        var validation = new CertificateValidationContext();
        validation.MatchSubjectAltNames.Add((tls.SubjectAltNames ?? []).Select(name => new StringMatcher { Exact = name }));
        if (tls.InsecureSkipVerify == true)
        {
            validation.TrustChainVerification = CertificateValidationContext.Types.TrustChainVerification.AcceptUntrusted;
        }
        else if (tls.CaCertificates is { Length: > 0 } authorities)
        {
            validation.TrustedCa = new DataSource { Filename = authorities };
            validation.Crl = tls.CaCrl is { Length: > 0 } revoked ? new DataSource { Filename = revoked } : null;
        }
        else
        {
            validation.SystemRootCerts = new CertificateValidationContext.Types.SystemRootCerts();
        }

        var common = new CommonTlsContext { ValidationContext = validation };
        if (tls.Mode == "MUTUAL")
        {
            common.TlsCertificates.Add(new TlsCertificate
            {
                CertificateChain = new DataSource { Filename = tls.ClientCertificate ?? "" },
                PrivateKey = new DataSource { Filename = tls.PrivateKey ?? "" },
            });
        }

        // Where the rule names no server, the name of the host is asked for and expected.
        var hasName = tls.Sni is { Length: > 0 };
        return new TransportSocket
        {
            Name = EnvoyNames.TlsSocket,
            TypedConfig = Messages.Pack(new UpstreamTlsContext
            {
                Sni = tls.Sni ?? "",
                AutoHostSni = !hasName,
                AutoSniSanValidation = tls.InsecureSkipVerify != true && tls.SubjectAltNames is not { Count: > 0 },
                CommonTlsContext = common,
            }),
        };
    }

    // What is outside of the mesh has no identity in it.
    private static void Automatic(Cluster cluster, MeshService service, string serverName, ServerIdentity identity)
    {
        if (service.IsExternal || identity.Policies.Of(service.Namespace) == MutualTlsMode.Disable)
        {
            return;
        }

        if (cluster.Type != Cluster.Types.DiscoveryType.OriginalDst)
        {
            cluster.TransportSocketMatches.Add(MutualTls.ByEndpoint(serverName, identity.Names));
        }
        else if (identity.Endpoints.TakesMutualTls)
        {
            // Where a connection goes is known too late to ask the endpoint.
            cluster.TransportSocket = MutualTls.Client(serverName, identity.Names);
        }
    }
}
