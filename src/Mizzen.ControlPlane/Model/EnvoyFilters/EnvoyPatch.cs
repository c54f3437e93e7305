using System.Text.RegularExpressions;
using Google.Protobuf;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Model.EnvoyFilters;

/// <summary>What a patch changes (<c>applyTo</c>).</summary>
internal enum PatchPlace
{
    Listener,
    ListenerFilter,
    FilterChain,
    NetworkFilter,
    HttpFilter,
    RouteConfiguration,
    VirtualHost,
    HttpRoute,
    Cluster,
}

/// <summary>What it does there (<c>patch.operation</c>).</summary>
internal enum PatchOperation
{
    Merge,
    MergeAndReplaceList,
    Add,
    Remove,
    InsertBefore,
    InsertAfter,
    InsertFirst,
    Replace,
}

/// <summary>For which traffic it does (<c>match.context</c>).</summary>
internal enum PatchContext
{
    Any,
    SidecarInbound,
    SidecarOutbound,
    Gateway,
}

/// <summary>One entry of an EnvoyFilter's <c>configPatches</c>, read. Compared by reference.</summary>
internal sealed class EnvoyPatch
{
    /// <summary>The EnvoyFilter.</summary>
    public required ResourceKey Key { get; init; }

    public required PatchPlace Place { get; init; }

    public required PatchOperation Operation { get; init; }

    public required PatchContext Context { get; init; }

    public required EnvoyConfigObjectMatch Match { get; init; }

    /// <summary>The part of Envoy's configuration; null with REMOVE. Never changed: what takes it over takes a copy.</summary>
    public IMessage? Value { get; init; }

    /// <summary>Filters of a certain sort after which ADD inserts (<c>filterClass</c>); empty for none.</summary>
    public string FilterClass { get; init; } = "";

    /// <summary>What the proxy's version must contain.</summary>
    public Regex? Version { get; init; }

    public bool IsMerge => Operation is PatchOperation.Merge or PatchOperation.MergeAndReplaceList;

    /// <summary>Whether it may change what such traffic meets.</summary>
    public bool IsFor(PatchContext context) => Context == PatchContext.Any || Context == context;

    /// <summary>Whether it is for such a proxy.</summary>
    public bool IsFor(ProxyView proxy)
    {
        var fits = proxy.Type == ProxyType.Router ? Context is PatchContext.Any or PatchContext.Gateway : Context != PatchContext.Gateway;
        return fits
            && (Version is null || (proxy.Version.Length > 0 && Version.IsMatch(proxy.Version)))
            && (Match.Proxy?.Metadata ?? EmptyMetadata).All(entry => proxy.Metadata.GetValueOrDefault(entry.Key) == entry.Value);
    }

    private static readonly Dictionary<string, string> EmptyMetadata = [];
}
