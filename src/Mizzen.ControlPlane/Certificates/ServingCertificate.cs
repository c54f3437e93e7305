using System.Net;
using System.Security.Cryptography.X509Certificates;
using Mizzen.Identity;

namespace Mizzen.ControlPlane.Certificates;

/// <summary>The certificate of the control plane's TLS ports; renewed when half of its life is over, at the handshake that finds it so.</summary>
internal sealed class ServingCertificate(CertificateAuthority authority, string ns, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(90);

    private readonly Lock _lock = new();
    private X509Certificate2? _current;
    private DateTimeOffset _renewAt;

    /// <summary>The certificate to show now.</summary>
    public X509Certificate2 Current
    {
        get
        {
            lock (_lock)
            {
                if (_current is null || clock.GetUtcNow() >= _renewAt)
                {
                    // The old one may still be in a handshake: it is left to the garbage collector.
                    _current = authority.Issue(Profile()).ToX509();
                    _renewAt = clock.GetUtcNow() + (Lifetime / 2);
                }

                return _current;
            }
        }
    }

    public void Dispose() => _current?.Dispose();

    private CertificateProfile Profile()
    {
        string[] names = [$"istiod.{ns}.svc", $"istiod.{ns}", $"istiod.{ns}.svc.cluster.local", $"istio-pilot.{ns}.svc", $"istiod-remote.{ns}.svc", "localhost"];
        return CertificateProfile.ForServer(names, [IPAddress.Loopback]) with { Lifetime = Lifetime };
    }
}
