using Mizzen.Bench.Peers.Load;

namespace Mizzen.Bench.Peers.Scenarios;

/// <summary>Everything that is measured, in the order in which it is told.</summary>
internal static class ScenarioList
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new Http1Scenario(),
        new RequestScenario(
            "mtls", "HTTP/1.1 keep-alive, 1 KiB, mutual TLS on both sides", new Wiring(new Hop(Protocol.Http1, Security.Mutual), new Hop(Protocol.Http1, Security.Mutual)),
            (site, options, seconds) => TlsLoad.KeepAliveAsync(site, options.Connections, seconds)),
        new RequestScenario(
            "handshakes", "A full TLS 1.3 handshake and one request for each connection", new Wiring(new Hop(Protocol.Http1, Security.Server), new Hop(Protocol.Http1)),
            (site, _, seconds) => TlsLoad.HandshakesAsync(site, 8, seconds), "handshake"),
        new RequestScenario(
            "http2", "HTTP/2 in, HTTP/1.1 out, 1 KiB", new Wiring(new Hop(Protocol.Http2), new Hop(Protocol.Http1)),
            (site, options, seconds) => H2Load.RunAsync(site.Port, "/", options.Connections, seconds)),
        new RequestScenario(
            "grpc", "gRPC unary, HTTP/2 on both sides, empty messages", new Wiring(new Hop(Protocol.Http2), new Hop(Protocol.Http2)),
            (site, options, seconds) => H2Load.RunAsync(
                site.Port, "/bench.Bench/Call", options.Connections, seconds, "-d", Path.Combine(options.Folder, "call"), "-H", "content-type: application/grpc", "-H", "te: trailers"),
            "call"),
        new BodyScenario("tcp", "TCP, 1 GiB in one connection", new Hop(Protocol.Tcp), "1g", 1024),
        new BodyScenario("body-1m", "HTTP/1.1, bodies of 1 MiB", new Hop(Protocol.Http1), "1m", 1),
        new BodyScenario("body-100m", "HTTP/1.1, bodies of 100 MiB", new Hop(Protocol.Http1), "100m", 100),
        new IdleScenario(),
        new SizeScenario(),
        new SwapScenario(),
        new LayersScenario(),
    ];
}
