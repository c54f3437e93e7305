using System.Text.RegularExpressions;

namespace Mizzen.Proxy.Runtime;

/// <summary>How a text is compared (<c>StringMatcher</c>).</summary>
internal enum StringMatchKind
{
    Exact,
    Prefix,
    Suffix,
    Contains,
    Regex,
    Present,
}

/// <summary>A compiled text comparison.</summary>
internal sealed record StringMatchModel(StringMatchKind Kind, byte[] Text, bool IgnoreCase = false, Regex? Regex = null);

/// <summary>A condition on one header; the names <c>:method</c>, <c>:path</c>, <c>:authority</c>, <c>:scheme</c> are the request line's.</summary>
internal sealed record HeaderMatchModel(byte[] Name, StringMatchModel Value)
{
    public bool Invert { get; init; }

    /// <summary>A missing header counts as an empty value.</summary>
    public bool TreatMissingAsEmpty { get; init; }

    /// <summary>Number range instead of a text: from (inclusive) to (exclusive).</summary>
    public (long From, long To)? Range { get; init; }
}

/// <summary>A condition on one query parameter.</summary>
internal sealed record QueryMatchModel(byte[] Name, StringMatchModel Value);

/// <summary>How a route's path is compared.</summary>
internal enum PathMatchKind
{
    Prefix,
    Exact,
    Regex,

    /// <summary>Prefix that ends at a path segment (<c>path_separated_prefix</c>).</summary>
    SegmentPrefix,
}

/// <summary>All conditions of one route.</summary>
internal sealed record RouteMatchModel
{
    public PathMatchKind PathKind { get; init; }

    public byte[] Path { get; init; } = "/"u8.ToArray();

    public Regex? PathRegex { get; init; }

    public bool IgnoreCase { get; init; }

    public IReadOnlyList<HeaderMatchModel> Headers { get; init; } = [];

    public IReadOnlyList<QueryMatchModel> Query { get; init; } = [];

    /// <summary>Chance in millionths that the route applies at all.</summary>
    public uint PerMillion { get; init; } = 1_000_000;
}
