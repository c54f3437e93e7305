using Mizzen.Bench.Peers.Contenders;
using Mizzen.Bench.Peers.Load;

namespace Mizzen.Bench.Peers.Scenarios;

/// <summary>What each layer of our proxy adds to the cost of a request: bytes, HTTP/1.1, HTTP/2, TLS, filters.</summary>
internal sealed class LayersScenario : Scenario
{
    private static readonly Hop Http1 = new(Protocol.Http1);

    private static readonly object[] Filters =
    [
        MizzenContender.Filter("envoy.filters.http.grpc_web", "filters.http.grpc_web.v3.GrpcWeb", new { }),
        MizzenContender.Filter("envoy.filters.http.rbac", "filters.http.rbac.v3.RBAC", new
        {
            rules = new { policies = new Dictionary<string, object> { ["all"] = new { permissions = new[] { new { any = true } }, principals = new[] { new { any = true } } } } },
        }),
        MizzenContender.Filter("envoy.filters.http.local_ratelimit", "filters.http.local_ratelimit.v3.LocalRateLimit", new
        {
            stat_prefix = "l",
            token_bucket = new { max_tokens = 1_000_000, tokens_per_fill = 1_000_000, fill_interval = "0.1s" },
            filter_enabled = new { default_value = new { numerator = 100 } },
            filter_enforced = new { default_value = new { numerator = 100 } },
        }),
        MizzenContender.Filter("envoy.filters.http.compressor", "filters.http.compressor.v3.Compressor", new
        {
            compressor_library = new { name = "gzip", typed_config = new Dictionary<string, object> { ["@type"] = "type.googleapis.com/envoy.extensions.compression.gzip.compressor.v3.Gzip" } },
        }),
        MizzenContender.Filter("envoy.filters.http.header_mutation", "filters.http.header_mutation.v3.HeaderMutation", new
        {
            mutations = new { request_mutations = new[] { new { append = new { header = new { key = "x-bench", value = "1" }, append_action = "OVERWRITE_IF_EXISTS_OR_ADD" } } } },
        }),
        MizzenContender.Filter("envoy.filters.http.fault", "filters.http.fault.v3.HTTPFault", new { }),
        MizzenContender.Filter("envoy.filters.http.cors", "filters.http.cors.v3.Cors", new { }),
    ];

    public override string Name => "layers";

    public override string Title => "Layer by layer: 1 KiB over kept connections, HTTP/1.1 to the backend";

    public override string Compared => "CPU per request, µs";

    public override IReadOnlyList<Contender> Own(string proxy) =>
    [
        new MizzenContender("bytes", proxy, wiring: new Wiring(new Hop(Protocol.Tcp), new Hop(Protocol.Tcp))),
        new MizzenContender("HTTP/1.1", proxy, wiring: Wiring.Http1),
        new MizzenContender("HTTP/1.1, seven filters", proxy, wiring: Wiring.Http1, filters: Filters),
        new MizzenContender("HTTP/2 in", proxy, wiring: new Wiring(new Hop(Protocol.Http2), Http1)),
        new MizzenContender("TLS in", proxy, wiring: new Wiring(new Hop(Protocol.Http1, Security.Server), Http1)),
    ];

    public override async Task<Dictionary<string, double>> MeasureAsync(ServerProcess server, Site site, PeersOptions options, int warmUpSeconds)
    {
        var (microseconds, perSecond) = await CostAsync(server, warmUpSeconds, options.Seconds, seconds => site.Wiring.In.Protocol == Protocol.Http2
            ? H2Load.RunAsync(site.Port, "/", options.Connections, seconds)
            : Wrk.RunAsync(site.Port, "/", options.Connections, seconds, isSecure: site.Wiring.In.Security != Security.None));
        return new() { [Compared] = microseconds, ["requests/s on one core"] = perSecond };
    }
}
