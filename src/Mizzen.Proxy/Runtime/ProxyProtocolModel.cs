namespace Mizzen.Proxy.Runtime;

/// <summary>Connections begin with a header of the PROXY protocol (<c>envoy.filters.listener.proxy_protocol</c>).</summary>
internal sealed record ProxyProtocolModel
{
    private const string Prefix = "proxy_proto.";

    public ProxyProtocolModel(string statPrefix)
    {
        var prefix = statPrefix.Length > 0 ? $"{Prefix}{statPrefix}." : Prefix;
        Absent = CounterKey.Plain($"{prefix}not_found_allowed");
        AbsentRefused = CounterKey.Plain($"{prefix}not_found_disallowed");
        Found = [.. Versions(prefix, "found")];
        Disallowed = [.. Versions(prefix, "disallowed")];
        Errors = [.. Versions(prefix, "error")];
    }

    /// <summary>Connections without a header are taken as they are.</summary>
    public bool AllowsAbsent { get; init; }

    public bool AllowsVersion1 { get; init; } = true;

    public bool AllowsVersion2 { get; init; } = true;

    public CounterKey Absent { get; }

    public CounterKey AbsentRefused { get; }

    /// <summary>Headers that were taken; version 1 first.</summary>
    public IReadOnlyList<CounterKey> Found { get; }

    /// <summary>Headers of a version that is not allowed.</summary>
    public IReadOnlyList<CounterKey> Disallowed { get; }

    /// <summary>Headers that cannot be read.</summary>
    public IReadOnlyList<CounterKey> Errors { get; }

    public bool Allows(int version) => version == 1 ? AllowsVersion1 : AllowsVersion2;

    private static IEnumerable<CounterKey> Versions(string prefix, string what) =>
        Enumerable.Range(1, 2).Select(version => CounterKey.Plain($"{prefix}versions.v{version}.{what}"));
}
