using Mizzen.Resources.Networking;

namespace Mizzen.Resources.Validation;

/// <summary>Istio's rules for Gateways.</summary>
internal static class GatewayRules
{
    private static readonly HashSet<string> Protocols = new(StringComparer.OrdinalIgnoreCase) { "HTTP", "HTTPS", "GRPC", "GRPC-WEB", "HTTP2", "MONGO", "TCP", "TLS" };
    private static readonly HashSet<string> Encrypted = new(StringComparer.OrdinalIgnoreCase) { "HTTPS", "TLS" };

    public static void Check(GatewaySpec spec, Findings findings)
    {
        if (spec.Servers is not { Count: > 0 })
        {
            findings.Error("spec.servers", "is missing", "give at least one server");
        }

        findings.Labels("spec.selector", spec.Selector);
        if (spec.Selector is not { Count: > 0 })
        {
            findings.Warn("spec.selector", "is missing: every gateway of the mesh serves this one", "give it, for example istio: ingressgateway");
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < (spec.Servers?.Count ?? 0); i++)
        {
            CheckServer(spec.Servers![i], $"spec.servers[{i}]", names, findings);
        }
    }

    private static void CheckServer(Server server, string path, HashSet<string> names, Findings findings)
    {
        CheckPort(server.Port, path + ".port", names, findings);
        if (server.Hosts is not { Count: > 0 })
        {
            findings.Error(path + ".hosts", "is missing", "name the hosts, or '*' for all");
        }

        for (var i = 0; i < (server.Hosts?.Count ?? 0); i++)
        {
            CheckHost(server.Hosts![i], $"{path}.hosts[{i}]", findings);
        }

        if (Encrypted.Contains(server.Port?.Protocol ?? ""))
        {
            CheckTls(server.Tls, path + ".tls", findings);
        }
        else if (server.Tls is { } tls && tls with { HttpsRedirect = null } != new ServerTLSSettings())
        {
            findings.Error(path + ".tls", $"a server of protocol {server.Port?.Protocol} can only have httpsRedirect", "use protocol HTTPS or TLS, or remove the rest");
        }
        else if (server.Tls?.HttpsRedirect == true && server.Port?.Protocol is not ("HTTP" or "HTTP2" or "GRPC"))
        {
            findings.Warn(path + ".tls.httpsRedirect", "has no effect on a port that does not speak HTTP", "remove it");
        }
    }

    private static void CheckPort(Port? port, string path, HashSet<string> names, Findings findings)
    {
        if (port is null)
        {
            findings.Error(path, "is missing", "give number, name and protocol");
            return;
        }

        findings.Port(path + ".number", port.Number, isRequired: true);
        if (string.IsNullOrEmpty(port.Name))
        {
            findings.Error(path + ".name", "is missing", "give the port a name");
        }
        else if (!names.Add(port.Name))
        {
            findings.Error(path + ".name", $"there is another port '{port.Name}' in this Gateway", "give it another name");
        }

        if (!Protocols.Contains(port.Protocol ?? ""))
        {
            findings.Error(path + ".protocol", $"'{port.Protocol}' is not a protocol", "give HTTP, HTTPS, GRPC, HTTP2, TCP or TLS");
        }

        if (port.TargetPort is > 0)
        {
            findings.Warn(path + ".targetPort", "has no effect", "the port of the gateway's Service tells it");
        }
    }

    private static void CheckHost(string host, string path, Findings findings)
    {
        var parts = host.Split('/');
        if (parts.Length > 2 || (parts.Length == 2 && parts[0] is not ("*" or ".") && !DomainNames.IsLabel(parts[0])))
        {
            findings.Error(path, $"'{host}' is not a host", "write it like example.com or namespace/example.com");
        }
        else
        {
            findings.Host(path, parts[^1]);
        }
    }

    private static void CheckTls(ServerTLSSettings? tls, string path, Findings findings)
    {
        if (tls is null)
        {
            findings.Error(path, "is missing", "give a mode and, unless it is PASSTHROUGH, a certificate");
            return;
        }

        var sources = new[]
        {
            tls.CredentialName is { Length: > 0 }, tls.CredentialNames is { Count: > 0 }, tls.TlsCertificates is { Count: > 0 }, tls.ServerCertificate is { Length: > 0 },
        }.Count(given => given);
        if (sources > 1)
        {
            findings.Error(path, "has certificates from several sources", "give one of credentialName, credentialNames, tlsCertificates and serverCertificate");
        }

        switch (tls.Mode)
        {
            case "SIMPLE" or "MUTUAL" or "OPTIONAL_MUTUAL" when sources == 0:
                findings.Error(path + ".credentialName", $"{tls.Mode} needs a certificate", "name a Secret");
                break;
            case "MUTUAL" or "OPTIONAL_MUTUAL" when tls.ServerCertificate is not null && tls.CaCertificates is null:
                findings.Error(path + ".caCertificates", $"{tls.Mode} needs the authority of the clients", "give caCertificates");
                break;
            case "ISTIO_MUTUAL" when sources > 0:
                findings.Error(path, "ISTIO_MUTUAL uses the mesh's certificates", "remove the others");
                break;
        }
    }
}
