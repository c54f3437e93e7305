using Mizzen.Identity;
using Mizzen.Identity.Tokens;

namespace Mizzen.Hosting;

/// <summary>Whom a local cluster trusts: its certificate authority and the key that signs service-account tokens. Made anew by each start.</summary>
internal sealed class ClusterAuthorities : IDisposable
{
    private ClusterAuthorities(CertificateAuthority certificates, ServiceAccountTokenIssuer tokens)
    {
        Certificates = certificates;
        Tokens = tokens;
    }

    public CertificateAuthority Certificates { get; }

    public ServiceAccountTokenIssuer Tokens { get; }

    public static ClusterAuthorities Create(TimeProvider clock) => new(
        CertificateAuthority.Create("mizzen-local-cluster", clock),
        ServiceAccountTokenIssuer.Create(ServiceAccountTokenIssuer.DefaultIssuer, clock));

    /// <summary>The certificate in the kubeconfig: the group that Kubernetes lets do everything.</summary>
    public IssuedCertificate IssueAdministrator() => Certificates.Issue(CertificateProfile.ForClient("mizzen-admin", "system:masters"));

    public void Dispose()
    {
        Certificates.Dispose();
        Tokens.Dispose();
    }
}
