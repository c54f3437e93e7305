using System.Collections.Frozen;

namespace Mizzen.Proxy.Runtime;

/// <summary>Settings of one HTTP filter, compiled and immutable; every kind of filter has its own. Shared by all loops.</summary>
internal abstract record FilterSettings;

/// <summary>One entry of <c>http_filters</c>.</summary>
/// <param name="Name">The name by which routes refer to it.</param>
/// <param name="Settings">What the listener says.</param>
/// <param name="IsDisabled">Off unless a route says something about it.</param>
internal sealed record HttpFilterModel(string Name, FilterSettings Settings, bool IsDisabled = false);

/// <summary>What a route, a virtual host or a destination says about a filter (<c>typed_per_filter_config</c>).</summary>
/// <param name="Settings">Takes the place of the listener's settings; null keeps them.</param>
/// <param name="IsDisabled">The filter is off here (<c>FilterConfig.disabled</c>).</param>
internal sealed record FilterOverride(FilterSettings? Settings, bool IsDisabled = false)
{
    public static FrozenDictionary<string, FilterOverride> None { get; } = FrozenDictionary<string, FilterOverride>.Empty;
}
