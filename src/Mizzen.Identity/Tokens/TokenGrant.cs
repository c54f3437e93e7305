namespace Mizzen.Identity.Tokens;

/// <summary>What a service-account token says about its bearer.</summary>
/// <param name="Namespace">The service account's namespace.</param>
/// <param name="ServiceAccount">The service account's name.</param>
/// <param name="ServiceAccountUid">The service account's uid, so that a token dies with its account.</param>
/// <param name="Audiences">Who may accept the token; at least one.</param>
/// <param name="Lifetime">How long it holds, counted from now.</param>
public sealed record TokenGrant(string Namespace, string ServiceAccount, string ServiceAccountUid, IReadOnlyList<string> Audiences, TimeSpan Lifetime)
{
    /// <summary>The pod that the token is bound to; null when it is bound to none.</summary>
    public string? PodName { get; init; }

    /// <summary>The uid of the pod that the token is bound to.</summary>
    public string? PodUid { get; init; }

    /// <summary>The node on which that pod runs.</summary>
    public string? NodeName { get; init; }
}
