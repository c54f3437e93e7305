using Mizzen.Resources.Fields;

namespace Mizzen.Resources.GatewayApi;

/// <summary>How a listener speaks TLS (<c>spec.listeners[].tls</c>).</summary>
public sealed record GatewayTls
{
    /// <summary>Terminate when absent.</summary>
    [AllowedValues("Terminate", "Passthrough")]
    public string? Mode { get; init; }

    /// <summary>Secrets with the listener's certificates; of another namespace only with a ReferenceGrant there.</summary>
    public IReadOnlyList<SecretReference>? CertificateRefs { get; init; }

    /// <summary>What clients must show, as versions before v1.4 of the Gateway API wrote it; later ones write <see cref="GatewayTlsSettings.Frontend"/>.</summary>
    public FrontendValidation? FrontendValidation { get; init; }

    public IReadOnlyDictionary<string, string>? Options { get; init; }
}

/// <summary>A Secret, when group and kind say nothing else.</summary>
public sealed record SecretReference
{
    public string? Group { get; init; }

    public string? Kind { get; init; }

    public required string Name { get; init; }

    public string? Namespace { get; init; }
}

/// <summary>TLS of a whole Gateway (<c>spec.tls</c>).</summary>
public sealed record GatewayTlsSettings
{
    public GatewayBackendTls? Backend { get; init; }

    public FrontendTls? Frontend { get; init; }
}

/// <summary>How the Gateway shows itself to backends.</summary>
public sealed record GatewayBackendTls
{
    public SecretReference? ClientCertificateRef { get; init; }
}

/// <summary>What clients must show on listeners of protocol HTTPS.</summary>
public sealed record FrontendTls
{
    public FrontendTlsConfig? Default { get; init; }

    /// <summary>For listeners of one port, instead of <see cref="Default"/>.</summary>
    [ListMap("port")]
    public IReadOnlyList<FrontendTlsPort>? PerPort { get; init; }
}

public sealed record FrontendTlsConfig
{
    public FrontendValidation? Validation { get; init; }
}

public sealed record FrontendTlsPort
{
    public required int Port { get; init; }

    public FrontendTlsConfig? Tls { get; init; }
}

/// <summary>Who vouches for clients.</summary>
public sealed record FrontendValidation
{
    /// <summary>ConfigMaps whose key <c>ca.crt</c> holds certificates of authorities.</summary>
    public IReadOnlyList<CertificateAuthorityReference>? CaCertificateRefs { get; init; }

    /// <summary>AllowValidOnly when absent.</summary>
    [AllowedValues("AllowValidOnly", "AllowInsecureFallback")]
    public string? Mode { get; init; }
}

/// <summary>An object with certificates of authorities; a ConfigMap, when group and kind say nothing else.</summary>
public sealed record CertificateAuthorityReference
{
    public string? Group { get; init; }

    public string? Kind { get; init; }

    public required string Name { get; init; }

    public string? Namespace { get; init; }
}
