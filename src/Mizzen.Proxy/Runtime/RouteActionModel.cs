using System.Text.RegularExpressions;

namespace Mizzen.Proxy.Runtime;

/// <summary>What a route does.</summary>
internal abstract record RouteActionModel
{
    private RouteActionModel()
    {
    }

    /// <summary>Forward to a cluster.</summary>
    internal sealed record Forward : RouteActionModel
    {
        /// <summary>One or several; the choice is proportional to weight.</summary>
        public required IReadOnlyList<WeightedClusterModel> Clusters { get; init; }

        /// <summary>Milliseconds from the end of the request to the end of the response; 0 for none (Istio's default; Envoy's is 15 s).</summary>
        public long Timeout { get; init; }

        /// <summary>
        /// Upper bound in milliseconds of the time that gRPC clients give their calls (<c>grpc_timeout_header_max</c>), 0 for none; null does not
        /// look at that time.
        /// </summary>
        public long? GrpcTimeoutMax { get; init; }

        /// <summary>Milliseconds without progress; null for the connection manager's, 0 for never.</summary>
        public long? IdleTimeout { get; init; }

        public RetryModel? Retry { get; init; }

        /// <summary>Replaces what the match's prefix or path matched; null keeps it.</summary>
        public byte[]? PrefixRewrite { get; init; }

        public RegexRewrite? PathRewrite { get; init; }

        /// <summary>New authority; null keeps it.</summary>
        public byte[]? HostRewrite { get; init; }

        /// <summary>The authority becomes the endpoint's host name (<c>auto_host_rewrite</c>).</summary>
        public bool AutoHostRewrite { get; init; }

        /// <summary>Put the original authority into x-forwarded-host when it is rewritten.</summary>
        public bool AppendForwardedHost { get; init; }

        /// <summary>Status for a cluster that does not exist.</summary>
        public int ClusterNotFoundStatus { get; init; } = 503;

        public IReadOnlyList<HashPolicyModel> Hash { get; init; } = [];

        /// <summary>Clusters that get a copy of the request.</summary>
        public IReadOnlyList<MirrorModel> Mirrors { get; init; } = [];
    }

    /// <summary>Answer with another location.</summary>
    internal sealed record Redirect : RouteActionModel
    {
        public int Status { get; init; } = 301;

        public byte[]? Scheme { get; init; }

        public bool HttpsRedirect { get; init; }

        public byte[]? Host { get; init; }

        /// <summary>0 keeps the request's.</summary>
        public int Port { get; init; }

        public byte[]? Path { get; init; }

        public byte[]? PrefixRewrite { get; init; }

        public RegexRewrite? PathRewrite { get; init; }

        public bool StripQuery { get; init; }
    }

    /// <summary>Answer with fixed content.</summary>
    internal sealed record Direct(int Status, byte[] Body) : RouteActionModel
    {
        public byte[]? ContentType { get; init; }
    }
}

/// <summary>A cluster that gets a copy of a share of the requests.</summary>
/// <param name="Cluster">The cluster; one that does not exist gets nothing.</param>
/// <param name="PerMillion">The share in millionths.</param>
internal sealed record MirrorModel(ClusterKey Cluster, uint PerMillion);

/// <summary>Replacement by regular expression, RE2 substitution syntax already turned into .NET's.</summary>
internal sealed record RegexRewrite(Regex Pattern, string Substitution);

/// <summary>Where a consistent-hash key comes from; exactly one source is set.</summary>
internal sealed record HashPolicyModel
{
    public byte[]? Header { get; init; }

    public byte[]? Cookie { get; init; }

    /// <summary>What follows the value of a cookie that is made for clients who have none (<c>; Max-Age=…</c>); null to make none.</summary>
    public byte[]? CookieAttributes { get; init; }

    public byte[]? QueryParameter { get; init; }

    public bool SourceIp { get; init; }

    /// <summary>When it gives a key, the policies behind it do not count.</summary>
    public bool Terminal { get; init; }
}
