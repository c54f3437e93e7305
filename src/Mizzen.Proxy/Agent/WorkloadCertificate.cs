using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Istio.V1.Auth;
using Mizzen.Proxy.Configuration;
using Mizzen.Proxy.Logging;
using Secret = Envoy.Extensions.TransportSockets.Tls.V3.Secret;

namespace Mizzen.Proxy.Agent;

/// <summary>
/// The workload's identity: makes a key, has it signed by the control plane (<c>IstioCertificateService</c>), gives both to the data path as
/// the secrets <c>default</c> and <c>ROOTCA</c>, and does so again when half of the certificate's life is over. The key never leaves the
/// process. While the control plane is away the last certificate is used on.
/// </summary>
internal sealed class WorkloadCertificate(AdsOptions options, LiveConfiguration live, Logger log, TimeProvider clock)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>Keeps the certificate fresh until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var pause = FirstPause;
        while (!cancellationToken.IsCancellationRequested)
        {
            var wait = pause;
            try
            {
                wait = RenewIn(await ObtainAsync(cancellationToken));
                pause = FirstPause;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error) when (error is RpcException or IOException or HttpRequestException or UnauthorizedAccessException or CryptographicException or OperationCanceledException)
            {
                var reason = error is RpcException rpc ? $"{rpc.StatusCode}: {rpc.Status.Detail}" : error.Message;
                log.Warn($"no certificate from {options.Address}, what was there before is used on: {reason}");
                pause = TimeSpan.FromMilliseconds(Math.Min(LongestPause.TotalMilliseconds, pause.TotalMilliseconds * 2));
            }

            await Task.Delay(wait * (0.9 + (0.2 * Random.Shared.NextDouble())), clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>When to renew: at half of the life that is left.</summary>
    private TimeSpan RenewIn(DateTimeOffset expiry) =>
        TimeSpan.FromTicks(Math.Max((expiry - clock.GetUtcNow()).Ticks / 2, FirstPause.Ticks));

    private async Task<DateTimeOffset> ObtainAsync(CancellationToken cancellationToken)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new IstioCertificateRequest
        {
            // Who we are is in the token: the request's own names would not be believed.
            Csr = new CertificateRequest(new X500DistinguishedName(""), key, HashAlgorithmName.SHA256).CreateSigningRequestPem(),
            ValidityDuration = (long)Lifetime.TotalSeconds,
            Metadata = new Struct(),
        };
        using var channel = AdsConnection.Open(options);
        var response = await new IstioCertificateService.IstioCertificateServiceClient(channel).CreateCertificateAsync(
            request, AdsConnection.Headers(options), clock.GetUtcNow().UtcDateTime + Patience, cancellationToken);
        if (response.CertChain.Count == 0)
        {
            throw new CryptographicException("the answer holds no certificate");
        }

        return await TakeAsync([.. response.CertChain], key.ExportPkcs8PrivateKeyPem(), cancellationToken);
    }

    // The last of the chain is the root, which peers have already.
    private async Task<DateTimeOffset> TakeAsync(IReadOnlyList<string> chain, string keyPem, CancellationToken cancellationToken)
    {
        using var leaf = X509Certificate2.CreateFromPem(chain[0]);
        var expiry = new DateTimeOffset(leaf.NotAfter.ToUniversalTime());
        var own = LocalSecrets.OfCertificate(string.Concat(chain.Take(Math.Max(1, chain.Count - 1))), keyPem);
        var roots = LocalSecrets.OfRoots(Roots(chain));
        var refusal = await live.ChangeAsync(store => Put(store, own) ?? Put(store, roots), cancellationToken);
        if (refusal is not null)
        {
            throw new CryptographicException(refusal);
        }

        log.Info($"certificate until {expiry:u}");
        return expiry;
    }

    private static string? Put(ResourceStore store, Secret secret) => store.Put(TypeUrls.Secret, secret.Name, Any.Pack(secret));

    /// <summary>Whom peers' certificates may come from: our own root, and those that the mesh has published.</summary>
    private string Roots(IReadOnlyList<string> chain)
    {
        var published = options.RootCertificateFile is { } file ? File.ReadAllText(file) : "";
        var own = chain.Count > 1 ? chain[^1] : "";
        return published.Contains(own.Trim(), StringComparison.Ordinal) ? published : published.TrimEnd() + "\n" + own;
    }
}
