using Mizzen.ControlPlane.Model;
using Mizzen.Identity;

namespace Mizzen.ControlPlane.Translation;

/// <summary>By what the clients of a service recognise its servers.</summary>
/// <param name="Endpoints">Who serves it.</param>
/// <param name="Domain">Who vouches for them.</param>
/// <param name="Policies">Which of them take mutual TLS.</param>
internal sealed record ServerIdentity(ServiceEndpoints Endpoints, TrustDomain Domain, PeerAuthenticationIndex Policies)
{
    /// <summary>The SPIFFE names of the servers' service accounts.</summary>
    public IReadOnlyList<string> Names => MutualTls.NamesOf(Endpoints.Accounts, Domain);

    /// <summary>Clusters made for one are right for the other.</summary>
    public bool IsSameAs(ServerIdentity other) =>
        Endpoints.Identity == other.Endpoints.Identity && Domain == other.Domain && ReferenceEquals(Policies, other.Policies);
}
