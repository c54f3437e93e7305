namespace Mizzen.Xds.Sessions;

/// <summary>A version of a resource that a proxy has refused (NACK).</summary>
/// <param name="TypeUrl">The resource's type.</param>
/// <param name="Name">The resource's name.</param>
/// <param name="Version">The refused version; null when its removal was refused.</param>
/// <param name="Reason">The proxy's words.</param>
public sealed record Refusal(string TypeUrl, string Name, string? Version, string Reason);

/// <summary>How far a proxy is with one type.</summary>
/// <param name="TypeUrl">The type.</param>
/// <param name="SentNonce">Nonce of the last push; empty when there was none.</param>
/// <param name="AcknowledgedNonce">Nonce of the last push that was taken; empty when there was none.</param>
/// <param name="IsOutstanding">Whether the last push awaits its answer.</param>
/// <param name="IsSettled">Whether the proxy has everything that it is to have of this type, and refused none of it.</param>
/// <param name="Refusals">What the proxy has refused and would still be wanted.</param>
public sealed record TypeProgress(
    string TypeUrl, string SentNonce, string AcknowledgedNonce, bool IsOutstanding, bool IsSettled, IReadOnlyList<Refusal> Refusals);
