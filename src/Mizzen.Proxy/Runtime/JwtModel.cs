namespace Mizzen.Proxy.Runtime;

/// <summary>JWT authentication (<c>envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication</c>).</summary>
internal sealed record JwtModel : FilterSettings
{
    /// <summary>Who issues tokens.</summary>
    public required IReadOnlyList<JwtProviderModel> Providers { get; init; }

    /// <summary>The first whose match holds is in force; where none does, everything passes. A null requirement asks for nothing.</summary>
    public IReadOnlyList<(RouteMatchModel Match, JwtRequirement? Requirement)> Rules { get; init; } = [];

    /// <summary>Requirements that routes choose by name.</summary>
    public IReadOnlyDictionary<string, JwtRequirement> Named { get; init; } = new Dictionary<string, JwtRequirement>();

    /// <summary>Browsers ask before they send a token (CORS): let that pass.</summary>
    public bool BypassCorsPreflight { get; init; }

    /// <summary>Do not tell clients what is wrong with their token.</summary>
    public bool StripFailureResponse { get; init; }
}

/// <summary>A route's own requirement, by name.</summary>
internal sealed record JwtRouteModel(string RequirementName) : FilterSettings;

/// <summary>An issuer of tokens. Compared by reference.</summary>
internal sealed class JwtProviderModel
{
    public required string Name { get; init; }

    /// <summary>What <c>iss</c> must be; empty for anything.</summary>
    public string Issuer { get; init; } = "";

    /// <summary>One of these must be among <c>aud</c>; empty for anything.</summary>
    public IReadOnlyList<string> Audiences { get; init; } = [];

    /// <summary>The keys; null where they are fetched.</summary>
    public JwtKeySet? Keys { get; init; }

    /// <summary>Where the keys are fetched; null where they are given.</summary>
    public RemoteKeys? Remote { get; init; }

    /// <summary>Leave the token in the request.</summary>
    public bool Forward { get; init; }

    public IReadOnlyList<TokenHeader> FromHeaders { get; init; } = [];

    public IReadOnlyList<byte[]> FromParameters { get; init; } = [];

    public IReadOnlyList<byte[]> FromCookies { get; init; } = [];

    /// <summary>Header that gets the payload in base64url; null for none.</summary>
    public byte[]? PayloadHeader { get; init; }

    /// <summary>Fill the payload up with <c>=</c> to whole groups of four.</summary>
    public bool PadsPayload { get; init; }

    /// <summary>Key under which other filters find the payload; null for none.</summary>
    public string? PayloadKey { get; init; }

    /// <summary>Key under which other filters find the token's header; null for none.</summary>
    public string? HeaderKey { get; init; }

    public IReadOnlyList<(byte[] Header, string[] Claim)> ClaimHeaders { get; init; } = [];

    /// <summary>Claims that are lists of words.</summary>
    public IReadOnlyList<string> WordClaims { get; init; } = [];

    /// <summary>Seconds by which clocks may differ.</summary>
    public long ClockSkew { get; init; } = 60;

    /// <summary>A token must say when it ends.</summary>
    public bool RequiresExpiration { get; init; }

    /// <summary>Seconds that a token may have left; 0 for any.</summary>
    public long LongestLifetime { get; init; }
}

/// <summary>Where keys are fetched.</summary>
/// <param name="Cluster">The cluster that has them.</param>
/// <param name="Authority">Host of the request.</param>
/// <param name="Path">Path of the request.</param>
/// <param name="Timeout">Milliseconds.</param>
/// <param name="Lifetime">Milliseconds after which they are fetched again.</param>
internal sealed record RemoteKeys(ClusterKey Cluster, byte[] Authority, byte[] Path, long Timeout, long Lifetime);

/// <summary>A header with what stands in front of the token in it.</summary>
internal sealed record TokenHeader(byte[] Name, byte[] Prefix)
{
    public static TokenHeader Bearer { get; } = new("authorization"u8.ToArray(), "Bearer "u8.ToArray());
}

/// <summary>What a request must bring.</summary>
internal abstract record JwtRequirement
{
    private JwtRequirement()
    {
    }

    /// <summary>A token of that provider; its audiences are those given, where any are.</summary>
    internal sealed record Of(JwtProviderModel Provider, IReadOnlyList<string>? Audiences) : JwtRequirement;

    internal sealed record AnyOf(IReadOnlyList<JwtRequirement> Some) : JwtRequirement;

    internal sealed record AllOf(IReadOnlyList<JwtRequirement> All) : JwtRequirement;

    /// <summary>No token is fine, a wrong one is not.</summary>
    internal sealed record Missing : JwtRequirement;

    internal sealed record MissingOrFailed : JwtRequirement;
}
