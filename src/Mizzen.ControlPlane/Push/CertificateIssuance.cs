using System.Security.Cryptography;
using Grpc.Core;
using Istio.V1.Auth;
using Microsoft.Extensions.Logging;
using Mizzen.ControlPlane.Metrics;
using Mizzen.ControlPlane.Model;
using Mizzen.Identity;

namespace Mizzen.ControlPlane.Push;

/// <summary>
/// Istio's certificate service: signs a workload's key with the SPIFFE id of the service account whose token it shows, whatever the request
/// itself says about names.
/// </summary>
internal sealed class CertificateIssuance(
    CallAuthentication authentication, CertificateAuthority authority, Func<MeshSnapshot> mesh, PilotMetrics metrics, ILogger<CertificateIssuance> logger)
    : IstioCertificateService.IstioCertificateServiceBase
{
    /// <summary>Istio's default and limit (<c>DEFAULT_WORKLOAD_CERT_TTL</c>, <c>MAX_WORKLOAD_CERT_TTL</c>).</summary>
    private static readonly TimeSpan DefaultLifetime = TimeSpan.FromHours(24);
    private static readonly TimeSpan LongestLifetime = TimeSpan.FromDays(90);

    public override async Task<IstioCertificateResponse> CreateCertificate(IstioCertificateRequest request, ServerCallContext context)
    {
        var identity = await authentication.AuthenticateAsync(context, context.CancellationToken);
        var id = SpiffeId.ForServiceAccount(mesh().TrustDomain, identity.Namespace, identity.ServiceAccount);
        var lifetime = request.ValidityDuration > 0 ? TimeSpan.FromSeconds(Math.Min(request.ValidityDuration, LongestLifetime.TotalSeconds)) : DefaultLifetime;
        try
        {
            var certificate = authority.SignRequest(request.Csr, CertificateProfile.ForWorkload(id, lifetime));
            metrics.Count("citadel_server_success_cert_issuance_count");
            Log.CertificateIssued(logger, id.ToString(), lifetime.TotalHours);
            return new IstioCertificateResponse { CertChain = { certificate, authority.CertificatePem } };
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            metrics.Count("citadel_server_csr_parsing_err_count");
            throw new RpcException(new Status(StatusCode.InvalidArgument, "csr: " + error.Message));
        }
    }
}
