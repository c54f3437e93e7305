using System.Collections.Frozen;
using Envoy.Config.Route.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Configuration.HttpFilters;

/// <summary>
/// The HTTP filters that this proxy has, as their messages: entries of <c>http_filters</c> and of <c>typed_per_filter_config</c>. A filter
/// is known by the type of its settings, as in Envoy; its name is what routes call it.
/// </summary>
internal static class HttpFilterCompiler
{
    private static readonly FilterKind[] Kinds =
    [
        BufferCompiler.Kind,
        CompressionCompiler.Kind,
        ExternalAuthorizationCompiler.Kind,
        HeaderMutationCompiler.Kind,
        JwtCompiler.Kind,
        RateLimitCompiler.Kind,
        RbacCompiler.Kind,
        FaultCompiler.Kind,
        CorsCompiler.Kind,
        GrpcWebCompiler.Kind,
    ];

    private static readonly Dictionary<string, FilterKind> ByType = Kinds.ToDictionary(kind => kind.SettingsType, StringComparer.Ordinal);
    private static readonly Dictionary<string, FilterKind> ByName = Kinds.ToDictionary(kind => kind.Name, StringComparer.Ordinal);

    /// <summary>Filters whose work is done elsewhere (routing, metrics, metadata exchange) or that need nothing here.</summary>
    private static readonly HashSet<string> DoneElsewhere =
    [
        "envoy.filters.http.router", "envoy.filters.http.grpc_stats", "istio.stats", "istio.alpn", "istio.metadata_exchange",
    ];

    /// <summary>The filters of a connection manager, in its order.</summary>
    public static List<HttpFilterModel> Compile(RepeatedField<HttpFilter> messages, Problems problems)
    {
        var filters = new List<HttpFilterModel>();
        foreach (var message in messages)
        {
            using var scope = problems.At($"http_filters[{message.Name}]");
            if (KindOf(message.Name, message.TypedConfig) is { } kind)
            {
                if (kind.Read(message.TypedConfig, problems) is { } settings)
                {
                    filters.Add(new HttpFilterModel(message.Name, settings, message.Disabled));
                }
            }
            else if (!DoneElsewhere.Contains(message.Name) && !message.IsOptional && !message.Disabled)
            {
                problems.Add("this proxy has no such filter");
            }
        }

        return filters;
    }

    /// <summary>What one level of the routes says about filters.</summary>
    public static FrozenDictionary<string, FilterOverride> Overrides(MapField<string, Any> messages, Problems problems)
    {
        if (messages.Count == 0)
        {
            return FilterOverride.None;
        }

        var overrides = new Dictionary<string, FilterOverride>(StringComparer.Ordinal);
        foreach (var (name, message) in messages)
        {
            using var scope = problems.At($"typed_per_filter_config[{name}]");
            if (Override(name, message, problems) is { } entry)
            {
                overrides[name] = entry;
            }
        }

        return overrides.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static FilterOverride? Override(string name, Any message, Problems problems)
    {
        if (message.Is(FilterConfig.Descriptor))
        {
            var wrapper = Values.Unpack<FilterConfig>(message, name, problems);
            return wrapper is null ? null
                : wrapper.Disabled ? new FilterOverride(null, IsDisabled: true)
                : wrapper.Config is null ? new FilterOverride(null)
                : Settings(name, wrapper.Config, wrapper.IsOptional, problems);
        }

        return Settings(name, message, isOptional: false, problems);
    }

    private static FilterOverride? Settings(string name, Any message, bool isOptional, Problems problems)
    {
        var type = Any.GetTypeName(message.TypeUrl);
        var kind = Array.Find(Kinds, kind => kind.RouteType == type) ?? ByName.GetValueOrDefault(name);
        if (kind is not null)
        {
            return kind.ReadRoute(message, problems);
        }

        if (!isOptional && !DoneElsewhere.Contains(name))
        {
            problems.Add("this proxy has no such filter");
        }

        return null;
    }

    private static FilterKind? KindOf(string name, Any? message) =>
        message is not null && ByType.TryGetValue(Any.GetTypeName(message.TypeUrl), out var kind) ? kind : ByName.GetValueOrDefault(name);
}

/// <summary>How the messages of one kind of filter are read.</summary>
internal abstract class FilterKind
{
    /// <summary>Envoy's usual name of the filter.</summary>
    public required string Name { get; init; }

    /// <summary>Full name of the message of the listener.</summary>
    public abstract string SettingsType { get; }

    /// <summary>Full name of the message of routes.</summary>
    public abstract string RouteType { get; }

    public abstract FilterSettings? Read(Any? message, Problems problems);

    public abstract FilterOverride? ReadRoute(Any message, Problems problems);
}

/// <inheritdoc/>
/// <typeparam name="TListener">The message of the listener.</typeparam>
/// <typeparam name="TRoute">The message of routes.</typeparam>
internal sealed class FilterKind<TListener, TRoute> : FilterKind
    where TListener : class, IMessage<TListener>, new()
    where TRoute : class, IMessage<TRoute>, new()
{
    /// <summary>Compiles what a listener says; null after a problem.</summary>
    public required Func<TListener, Problems, FilterSettings?> Listener { get; init; }

    /// <summary>Compiles what a route says; null after a problem.</summary>
    public required Func<TRoute, Problems, FilterOverride?> Route { get; init; }

    public override string SettingsType { get; } = new TListener().Descriptor.FullName;

    public override string RouteType { get; } = new TRoute().Descriptor.FullName;

    public override FilterSettings? Read(Any? message, Problems problems) =>
        Values.Unpack<TListener>(message, Name, problems) is { } settings ? Listener(settings, problems) : null;

    public override FilterOverride? ReadRoute(Any message, Problems problems) =>
        Values.Unpack<TRoute>(message, Name, problems) is { } settings ? Route(settings, problems) : null;
}
