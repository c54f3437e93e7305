namespace Mizzen.Proxy.Runtime;

/// <summary>Who may read answers across origins (<c>CorsPolicy</c>); texts are empty where there is nothing to say.</summary>
internal sealed record CorsModel : FilterSettings
{
    /// <summary>No policy: nothing is looked at.</summary>
    public static CorsModel Nobody { get; } = new();

    /// <summary>Any of them.</summary>
    public IReadOnlyList<StringMatchModel> AllowOrigins { get; init; } = [];

    public byte[] AllowMethods { get; init; } = [];

    public byte[] AllowHeaders { get; init; } = [];

    public byte[] ExposeHeaders { get; init; } = [];

    /// <summary>Seconds, as text.</summary>
    public byte[] MaxAge { get; init; } = [];

    public bool AllowCredentials { get; init; }

    /// <summary>Preflights of origins that are not allowed go to the upstream; otherwise they are answered without permission.</summary>
    public bool ForwardsUnmatchedPreflights { get; init; } = true;
}
