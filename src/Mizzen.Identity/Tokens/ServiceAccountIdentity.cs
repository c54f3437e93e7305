namespace Mizzen.Identity.Tokens;

/// <summary>Who a verified service-account token speaks for.</summary>
/// <param name="Namespace">The service account's namespace.</param>
/// <param name="ServiceAccount">The service account's name.</param>
/// <param name="Uid">The service account's uid.</param>
/// <param name="Audiences">The audiences that were asked for and that the token names.</param>
public sealed record ServiceAccountIdentity(string Namespace, string ServiceAccount, string Uid, IReadOnlyList<string> Audiences)
{
    /// <summary>The pod that the token is bound to, if any.</summary>
    public string? PodName { get; init; }

    /// <summary>The uid of the pod that the token is bound to, if any.</summary>
    public string? PodUid { get; init; }

    /// <summary>The node of that pod, if any.</summary>
    public string? NodeName { get; init; }

    /// <summary>The token's own id (<c>jti</c>).</summary>
    public string TokenId { get; init; } = "";

    /// <summary>The user name that Kubernetes gives the account.</summary>
    public string UserName => $"system:serviceaccount:{Namespace}:{ServiceAccount}";

    /// <summary>The groups that Kubernetes gives the account.</summary>
    public IReadOnlyList<string> Groups => ["system:serviceaccounts", $"system:serviceaccounts:{Namespace}", "system:authenticated"];
}
