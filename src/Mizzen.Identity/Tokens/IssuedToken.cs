namespace Mizzen.Identity.Tokens;

/// <summary>A token and the time at which it stops to hold.</summary>
/// <param name="Token">The JWT in compact form. Secret: never logged.</param>
/// <param name="ExpiresAt">Its <c>exp</c>, whole seconds.</param>
public sealed record IssuedToken(string Token, DateTimeOffset ExpiresAt)
{
    /// <summary>Leaves the token out, so that a log line cannot leak it.</summary>
    public override string ToString() => $"token until {ExpiresAt:O}";
}
