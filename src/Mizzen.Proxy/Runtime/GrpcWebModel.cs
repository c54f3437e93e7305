namespace Mizzen.Proxy.Runtime;

/// <summary>Browsers may call gRPC services (<c>envoy.filters.http.grpc_web</c>). There is nothing to set.</summary>
internal sealed record GrpcWebModel : FilterSettings
{
    public static GrpcWebModel Instance { get; } = new();
}
