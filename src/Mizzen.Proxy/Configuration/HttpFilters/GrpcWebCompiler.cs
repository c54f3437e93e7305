using Envoy.Extensions.Filters.Http.GrpcWeb.V3;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Configuration.HttpFilters;

/// <summary>GrpcWeb messages: they say nothing but that the filter is there.</summary>
internal static class GrpcWebCompiler
{
    public static FilterKind Kind { get; } = new FilterKind<GrpcWeb, GrpcWeb>
    {
        Name = "envoy.filters.http.grpc_web",
        Listener = static (_, _) => GrpcWebModel.Instance,
        Route = static (_, _) => new FilterOverride(GrpcWebModel.Instance),
    };
}
