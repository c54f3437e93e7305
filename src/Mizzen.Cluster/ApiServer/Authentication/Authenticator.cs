using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Mizzen.Cluster.Storage;
using Mizzen.Identity;
using Mizzen.Identity.Tokens;
using Mizzen.Resources.Authentication;

namespace Mizzen.Cluster.ApiServer.Authentication;

/// <summary>Who asks: the client certificate's CN and O, a service account's token, or whoever may open the unix socket.</summary>
internal sealed class Authenticator(CertificateAuthority authority, ServiceAccountTokenIssuer tokens, ObjectStore store, TimeProvider clock)
{
    private const string Authenticated = "system:authenticated";
    private const string CommonName = "2.5.4.3";
    private const string Organization = "2.5.4.10";

    private static readonly ResourceName ServiceAccounts = new("", "serviceaccounts");

    private static readonly UserInfo Admin = new() { Username = "system:admin", Groups = ["system:masters", Authenticated] };

    // Only of certificates that hold: strangers can make as many others as they like.
    private readonly ConcurrentDictionary<string, UserInfo> _certificates = new();

    /// <summary>The user; null when nobody is known.</summary>
    public UserInfo? Find(HttpContext http) =>
        http.Features.Get<IUnixSocketFeature>() is not null ? Admin : FromToken(http) ?? FromCertificate(http);

    /// <summary>The bearer of a token.</summary>
    /// <param name="token">The token.</param>
    /// <param name="audiences">Whom the token must be for; null for the API server.</param>
    /// <exception cref="InvalidTokenException">The token does not hold.</exception>
    public (UserInfo User, IReadOnlyList<string> Audiences) Verify(string token, IReadOnlyList<string>? audiences)
    {
        var identity = tokens.Verifier.Verify(token, audiences is { Count: > 0 } ? audiences : [tokens.Issuer]);
        var account = store.Find(ServiceAccounts, new ObjectKey(identity.Namespace, identity.ServiceAccount));
        if (account is null || account.Uid != identity.Uid)
        {
            throw new InvalidTokenException("the service account is gone");
        }

        RequireBoundPod(identity);
        return (UserOf(identity), identity.Audiences);
    }

    private static UserInfo UserOf(ServiceAccountIdentity identity)
    {
        var extra = new Dictionary<string, IReadOnlyList<string>> { ["authentication.kubernetes.io/credential-id"] = ["JTI=" + identity.TokenId] };
        if (identity.PodName is { } pod)
        {
            extra["authentication.kubernetes.io/pod-name"] = [pod];
            extra["authentication.kubernetes.io/pod-uid"] = [identity.PodUid ?? ""];
        }

        if (identity.NodeName is { } node)
        {
            extra["authentication.kubernetes.io/node-name"] = [node];
        }

        return new UserInfo { Username = identity.UserName, Uid = identity.Uid, Groups = identity.Groups, Extra = extra };
    }

    private void RequireBoundPod(ServiceAccountIdentity identity)
    {
        if (identity.PodName is { } pod && store.Find(Strategies.PodStrategy.Resource, new ObjectKey(identity.Namespace, pod))?.Uid != identity.PodUid)
        {
            throw new InvalidTokenException("the pod that the token is bound to is gone");
        }
    }

    private UserInfo? FromToken(HttpContext http)
    {
        var header = http.Request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        try
        {
            return Verify(header["Bearer ".Length..].Trim(), null).User;
        }
        catch (InvalidTokenException)
        {
            throw Errors.Unauthorized();
        }
    }

    private UserInfo? FromCertificate(HttpContext http)
    {
        var certificate = http.Features.Get<ITlsConnectionFeature>()?.ClientCertificate;
        if (certificate is null || !IsCurrent(certificate))
        {
            return null;
        }

        if (!_certificates.TryGetValue(certificate.Thumbprint, out var user) && (user = Read(certificate)) is not null)
        {
            _certificates.TryAdd(certificate.Thumbprint, user);
        }

        return user;
    }

    private bool IsCurrent(X509Certificate2 certificate)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        return certificate.NotBefore.ToUniversalTime() <= now && now <= certificate.NotAfter.ToUniversalTime();
    }

    private UserInfo? Read(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority.Certificate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = clock.GetUtcNow().UtcDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.2"));
        if (!chain.Build(certificate))
        {
            return null;
        }

        var names = certificate.SubjectName.EnumerateRelativeDistinguishedNames().ToLookup(name => name.GetSingleElementType().Value, name => name.GetSingleElementValue() ?? "");
        return names[CommonName].FirstOrDefault() is { Length: > 0 } user
            ? new UserInfo { Username = user, Groups = [.. names[Organization], Authenticated] }
            : null;
    }
}

/// <summary>Marks connections that came through the unix socket.</summary>
internal interface IUnixSocketFeature;

/// <inheritdoc/>
internal sealed class UnixSocketFeature : IUnixSocketFeature
{
    public static readonly UnixSocketFeature Instance = new();
}
