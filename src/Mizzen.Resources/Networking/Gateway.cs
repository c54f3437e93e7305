using System.Text.Json;
using System.Text.Json.Serialization;
using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Networking;

/// <summary>Ports that a gateway's proxies open (<c>networking.istio.io</c> Gateway).</summary>
public sealed record Gateway : Resource
{
    public GatewaySpec? Spec { get; init; }

    public IstioStatus? Status { get; init; }
}

public sealed record GatewaySpec
{
    public IReadOnlyList<Server>? Servers { get; init; }

    public IReadOnlyDictionary<string, string>? Selector { get; init; }

    /// <summary>Only pods of this namespace serve it (Gateway API); null for any. Not part of Istio's kind.</summary>
    [JsonIgnore]
    public string? PodNamespace { get; init; }
}

public sealed record Server
{
    public Port? Port { get; init; }

    public string? Bind { get; init; }

    public IReadOnlyList<string>? Hosts { get; init; }

    public ServerTLSSettings? Tls { get; init; }

    public string? DefaultEndpoint { get; init; }

    public string? Name { get; init; }
}

/// <summary>A port with its protocol (HTTP, HTTPS, GRPC, HTTP2, MONGO, TCP, TLS).</summary>
public sealed record Port
{
    public int? Number { get; init; }

    public string? Protocol { get; init; }

    public string? Name { get; init; }

    public int? TargetPort { get; init; }
}

public sealed record ServerTLSSettings
{
    public bool? HttpsRedirect { get; init; }

    [AllowedValues("PASSTHROUGH", "SIMPLE", "MUTUAL", "AUTO_PASSTHROUGH", "ISTIO_MUTUAL", "OPTIONAL_MUTUAL")]
    public string? Mode { get; init; }

    public string? ServerCertificate { get; init; }

    public string? PrivateKey { get; init; }

    public string? CaCertificates { get; init; }

    public string? CaCrl { get; init; }

    public string? CredentialName { get; init; }

    public IReadOnlyList<string>? CredentialNames { get; init; }

    /// <summary>The Secret whose <c>ca.crt</c> vouches for clients, instead of that of <see cref="CredentialName"/>.</summary>
    public string? CaCertCredentialName { get; init; }

    /// <summary>Clients may come without a certificate, or with one that nobody vouches for.</summary>
    public bool? InsecureSkipVerify { get; init; }

    public IReadOnlyList<JsonElement>? TlsCertificates { get; init; }

    public IReadOnlyList<string>? SubjectAltNames { get; init; }

    public IReadOnlyList<string>? VerifyCertificateSpki { get; init; }

    public IReadOnlyList<string>? VerifyCertificateHash { get; init; }

    public string? MinProtocolVersion { get; init; }

    public string? MaxProtocolVersion { get; init; }

    public IReadOnlyList<string>? CipherSuites { get; init; }
}
