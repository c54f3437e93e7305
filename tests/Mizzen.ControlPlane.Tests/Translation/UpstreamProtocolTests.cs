using Mizzen.ControlPlane.Model;
using Mizzen.ControlPlane.Translation;
using Mizzen.Resources.Mesh;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Tests.Translation;

/// <summary>What is spoken to servers, by the port's protocol, the rule and the mesh's policy.</summary>
public sealed class UpstreamProtocolTests
{
    [Theory]
    [InlineData(PortProtocol.Http, null, null, null, "default")]
    [InlineData(PortProtocol.Http2, null, null, null, "http2")]
    [InlineData(PortProtocol.Grpc, null, null, null, "http2")]
    [InlineData(PortProtocol.GrpcWeb, null, null, null, "http2")]
    [InlineData(PortProtocol.Auto, null, null, null, "client")]
    [InlineData(PortProtocol.Tcp, null, null, null, "default")]
    [InlineData(PortProtocol.Http, "UPGRADE", null, null, "http2")]
    [InlineData(PortProtocol.Auto, "UPGRADE", null, null, "http2")]
    [InlineData(PortProtocol.Tcp, "UPGRADE", null, null, "default")]
    [InlineData(PortProtocol.Http, null, null, "UPGRADE", "http2")]
    [InlineData(PortProtocol.Auto, null, null, "UPGRADE", "client")]
    [InlineData(PortProtocol.Http, "DO_NOT_UPGRADE", null, "UPGRADE", "default")]
    [InlineData(PortProtocol.Http, "DEFAULT", null, "UPGRADE", "http2")]
    [InlineData(PortProtocol.Http, null, true, null, "client")]
    [InlineData(PortProtocol.Grpc, null, true, null, "http2")]
    [InlineData(PortProtocol.Grpc, "DO_NOT_UPGRADE", null, null, "http2")]
    public void The_version_of_HTTP_follows_from(object protocol, string? rule, bool? useClientProtocol, string? mesh, string expected)
    {
        var pool = new ConnectionPoolSettings { Http = new HttpSettings { H2UpgradePolicy = rule, UseClientProtocol = useClientProtocol, MaxConcurrentStreams = 7 } };
        var options = UpstreamProtocols.Of((PortProtocol)protocol, pool, new MeshConfig { H2UpgradePolicy = mesh });
        var (kind, streams) = options switch
        {
            null => ("default", null),
            { ExplicitHttpConfig.Http2ProtocolOptions: { } http2 } => ("http2", http2.MaxConcurrentStreams),
            { UseDownstreamProtocolConfig: { } either } => ("client", either.Http2ProtocolOptions.MaxConcurrentStreams),
            _ => ("http1", null),
        };
        Assert.Equal((expected, expected == "default" ? null : (uint?)7), (kind, streams));
    }

    [Fact]
    public void Times_of_the_pool_go_with_it()
    {
        var pool = new ConnectionPoolSettings { Http = new HttpSettings { IdleTimeout = "5s", MaxRequestsPerConnection = 3 } };
        var options = UpstreamProtocols.Of(PortProtocol.Grpc, pool, new MeshConfig())!.CommonHttpProtocolOptions;
        Assert.Equal((5L, 3u), (options.IdleTimeout.Seconds, options.MaxRequestsPerConnection));
    }
}
