using Envoy.Extensions.Filters.Http.Cors.V3;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Configuration.HttpFilters;

/// <summary>CorsPolicy messages of routes; the listener's message says nothing.</summary>
internal static class CorsCompiler
{
    public static FilterKind Kind { get; } = new FilterKind<Cors, CorsPolicy>
    {
        Name = "envoy.filters.http.cors",
        Listener = static (_, _) => CorsModel.Nobody,
        Route = static (message, problems) => new FilterOverride(Compile(message, problems)),
    };

    private static CorsModel Compile(CorsPolicy message, Problems problems) => new()
    {
        AllowOrigins = [.. message.AllowOriginStringMatch.Select(origin => Values.Text(origin, problems))],
        AllowMethods = Values.Utf8(message.AllowMethods),
        AllowHeaders = Values.Utf8(message.AllowHeaders),
        ExposeHeaders = Values.Utf8(message.ExposeHeaders),
        MaxAge = Values.Utf8(message.MaxAge),
        AllowCredentials = message.AllowCredentials == true,
        ForwardsUnmatchedPreflights = message.ForwardNotMatchingPreflights != false,
    };
}
