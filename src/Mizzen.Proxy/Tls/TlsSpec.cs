namespace Mizzen.Proxy.Tls;

/// <summary>What one side's configuration says about TLS, before the secrets that it names are known.</summary>
internal sealed record TlsSpec
{
    public bool IsServer { get; init; }

    /// <summary>Certificates that stand in the configuration itself.</summary>
    public IReadOnlyList<TlsCertificate> Certificates { get; init; } = [];

    /// <summary>Secrets that hold certificates (SDS).</summary>
    public IReadOnlyList<SecretReference> CertificateSecrets { get; init; } = [];

    /// <summary>Validation of the peer that stands in the configuration itself; null for none.</summary>
    public PeerValidation? Validation { get; init; }

    /// <summary>The secret that holds (the rest of) the validation; null for none.</summary>
    public SecretReference? ValidationSecret { get; init; }

    public int MinimumVersion { get; init; } = LibSsl.Tls12;

    public int MaximumVersion { get; init; } = LibSsl.Tls13;

    public IReadOnlyList<string> CipherSuites { get; init; } = [];

    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>All secrets that are needed.</summary>
    public IEnumerable<SecretReference> Secrets => ValidationSecret is { } validation ? CertificateSecrets.Append(validation) : CertificateSecrets;
}

/// <summary>A secret by name.</summary>
/// <param name="Name">For example <c>default</c> or <c>kubernetes://shop-cert</c>.</param>
/// <param name="IsLocal">It comes from this process (Istio's agent), not from the control plane.</param>
internal sealed record SecretReference(string Name, bool IsLocal);

/// <summary>How a peer's certificate is verified.</summary>
/// <param name="Trust">Whom we believe; null when this says nothing about it.</param>
/// <param name="Names">Names of which the certificate must have one; null for any.</param>
/// <param name="AcceptsUntrusted">Certificates that nobody vouches for are accepted, too (<c>ACCEPT_UNTRUSTED</c>).</param>
internal sealed record PeerValidation(TrustedAuthorities? Trust, PeerNames? Names = null, bool AcceptsUntrusted = false);

/// <summary>A secret: exactly one of the two is set.</summary>
internal sealed record SecretModel
{
    public TlsCertificate? Certificate { get; init; }

    public PeerValidation? Validation { get; init; }
}
