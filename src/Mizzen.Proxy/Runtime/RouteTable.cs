using System.Collections.Frozen;

namespace Mizzen.Proxy.Runtime;

/// <summary>A route configuration with its host names in order of precedence: exact, longest suffix, longest prefix, any.</summary>
internal sealed record RouteTable
{
    public required string Name { get; init; }

    /// <summary>Ignore the port of the request's authority when matching.</summary>
    public bool IgnorePort { get; init; }

    /// <summary>By host name in lower case.</summary>
    public FrozenDictionary<string, VirtualHostModel> Exact { get; init; } = FrozenDictionary<string, VirtualHostModel>.Empty;

    /// <summary>Hosts <c>*.suffix</c>, longest first; the text is in lower case without the star.</summary>
    public IReadOnlyList<(byte[] Suffix, VirtualHostModel Host)> Suffixes { get; init; } = [];

    /// <summary>Hosts <c>prefix*</c>, longest first.</summary>
    public IReadOnlyList<(byte[] Prefix, VirtualHostModel Host)> Prefixes { get; init; } = [];

    /// <summary>Host <c>*</c>.</summary>
    public VirtualHostModel? Any { get; init; }

    public HeaderMutations RequestHeaders { get; init; } = HeaderMutations.None;

    public HeaderMutations ResponseHeaders { get; init; } = HeaderMutations.None;

    /// <summary>What is said about filters for all hosts, by their names.</summary>
    public FrozenDictionary<string, FilterOverride> Filters { get; init; } = FilterOverride.None;

    /// <summary>Apply header changes from table to route instead of from route to table (<c>most_specific_header_mutations_wins</c>).</summary>
    public bool MostSpecificHeadersWin { get; init; }
}

/// <summary>A virtual host.</summary>
internal sealed record VirtualHostModel
{
    public required string Name { get; init; }

    public required IReadOnlyList<RouteModel> Routes { get; init; }

    public HeaderMutations RequestHeaders { get; init; } = HeaderMutations.None;

    public HeaderMutations ResponseHeaders { get; init; } = HeaderMutations.None;

    public RetryModel? Retry { get; init; }

    /// <summary>Tell the upstream which attempt this is (<c>include_request_attempt_count</c>).</summary>
    public bool IncludeAttemptCount { get; init; }

    /// <summary>What is said here about filters, by their names.</summary>
    public FrozenDictionary<string, FilterOverride> Filters { get; init; } = FilterOverride.None;
}

/// <summary>A route: conditions and exactly one action.</summary>
internal sealed record RouteModel
{
    public string Name { get; init; } = "";

    public required RouteMatchModel Match { get; init; }

    public required RouteActionModel Action { get; init; }

    public HeaderMutations RequestHeaders { get; init; } = HeaderMutations.None;

    public HeaderMutations ResponseHeaders { get; init; } = HeaderMutations.None;

    /// <summary>What is said here about filters, by their names.</summary>
    public FrozenDictionary<string, FilterOverride> Filters { get; init; } = FilterOverride.None;

    /// <summary>Value of x-envoy-decorator-operation; null for none.</summary>
    public byte[]? Decorator { get; init; }

    /// <summary>Path of the Istio resource behind the route (<c>filter_metadata.istio.config</c>).</summary>
    public string? Origin { get; init; }
}
