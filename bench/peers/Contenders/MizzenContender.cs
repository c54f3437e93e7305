using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mizzen.Bench.Peers.Contenders;

/// <summary>Our proxy, from a file in the shape of Envoy's bootstrap.</summary>
/// <param name="name">The title of its column.</param>
/// <param name="program">The program.</param>
/// <param name="clusters">How many clusters there are, each with a virtual host of its own; the load asks for the middle one.</param>
/// <param name="endpoints">How many endpoints each of them has.</param>
/// <param name="wiring">What it speaks instead of what the scenario says.</param>
/// <param name="filters">HTTP filters before the router.</param>
/// <param name="watched">A file of certificates that one more cluster is made from; null for none. When it changes, the configuration is made anew.</param>
internal sealed class MizzenContender(
    string name, string program, int clusters = 1, int endpoints = 1, Wiring? wiring = null, IReadOnlyList<object>? filters = null, string? watched = null) : Contender
{
    private const string Types = "type.googleapis.com/envoy.extensions.";

    public override string Name => name;

    public override Wiring? Own => wiring;

    public override IReadOnlyList<string> Command(Site site)
    {
        var file = Path.Combine(site.Folder, "mizzen.json");
        var configuration = new
        {
            static_resources = new
            {
                listeners = new[] { Listener(site) },
                clusters = Enumerable.Range(0, clusters).Select(number => Cluster(site, NameOf(number))).Concat(Watched()),
            },
        };
        File.WriteAllText(file, JsonSerializer.Serialize(configuration));
        return [program, "--config", file, "--concurrency", "1"];
    }

    /// <summary>A filter of the proxy's, as its message.</summary>
    /// <param name="name">What Envoy calls it.</param>
    /// <param name="type">Its message, behind <c>envoy.extensions.</c></param>
    /// <param name="fields">What the message says.</param>
    public static object Filter(string name, string type, object fields) => new { name, typed_config = Typed(type, fields) };

    private Dictionary<string, object>[] Watched() => watched is null
        ? []
        :
        [
            new()
            {
                ["name"] = "watched",
                ["type"] = "STATIC",
                ["transport_socket"] = Filter(
                    "envoy.transport_sockets.tls",
                    "transport_sockets.tls.v3.UpstreamTlsContext",
                    new { common_tls_context = new { validation_context = new { trusted_ca = new { filename = watched } } } }),
            },
        ];

    private static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"service-{number}");

    private static JsonObject Typed(string type, object fields)
    {
        var node = JsonSerializer.SerializeToNode(fields)!.AsObject();
        node.Insert(0, "@type", Types + type);
        return node;
    }

    private static object Address(string address, int port) => new { socket_address = new { address, port_value = port } };

    private object Listener(Site site) => new
    {
        name = "in",
        address = Address("127.0.0.1", site.Port),
        filter_chains = new[]
        {
            new Dictionary<string, object>(Tls(site.Wiring.In, "DownstreamTlsContext", site.Certificates))
            {
                ["filters"] = new[] { site.Wiring.In.Protocol == Protocol.Tcp ? TcpProxy() : Http() },
            },
        },
    };

    private static object TcpProxy() => new
    {
        name = "envoy.filters.network.tcp_proxy",
        typed_config = Typed("filters.network.tcp_proxy.v3.TcpProxy", new { stat_prefix = "in", cluster = NameOf(0) }),
    };

    private object Http() => new
    {
        name = "envoy.filters.network.http_connection_manager",
        typed_config = Typed("filters.network.http_connection_manager.v3.HttpConnectionManager", new
        {
            stat_prefix = "in",
            use_remote_address = true,
            http2_protocol_options = new { max_concurrent_streams = 1024 },
            route_config = new { name = "in", virtual_hosts = Enumerable.Range(0, clusters).Select(VirtualHost) },
            http_filters = (filters ?? []).Append(Filter("envoy.filters.http.router", "filters.http.router.v3.Router", new { })),
        }),
    };

    private object VirtualHost(int number) => new
    {
        name = NameOf(number),
        // The load does not know who serves it: its host is the middle one's.
        domains = number == clusters / 2 ? ["*"] : new[] { NameOf(number) },
        routes = new[] { new { match = new { prefix = "/" }, route = new { cluster = NameOf(number) } } },
    };

    private Dictionary<string, object> Cluster(Site site, string cluster)
    {
        var fields = new Dictionary<string, object>(Tls(site.Wiring.Out, "UpstreamTlsContext", site.Certificates))
        {
            ["name"] = cluster,
            ["type"] = "STATIC",
            ["connect_timeout"] = "5s",
            ["load_assignment"] = new
            {
                cluster_name = cluster,
                endpoints = new[]
                {
                    new { lb_endpoints = Enumerable.Range(1, endpoints).Select(last => new { endpoint = new { address = Address($"127.0.0.{last}", site.Backend) } }) },
                },
            },
        };
        if (site.Wiring.Out.Protocol == Protocol.Http2)
        {
            fields["typed_extension_protocol_options"] = new Dictionary<string, object>
            {
                ["envoy.extensions.upstreams.http.v3.HttpProtocolOptions"] =
                    Typed("upstreams.http.v3.HttpProtocolOptions", new { explicit_http_config = new { http2_protocol_options = new { } } }),
            };
        }

        return fields;
    }

    private static Dictionary<string, object> Tls(Hop hop, string type, Certificates certificates)
    {
        if (hop.Security == Security.None)
        {
            return [];
        }

        var isClient = type == "UpstreamTlsContext";
        var common = new Dictionary<string, object>
        {
            ["tls_certificates"] = new[] { new { certificate_chain = new { filename = certificates.Chain }, private_key = new { filename = certificates.Key } } },
            ["tls_params"] = new { tls_minimum_protocol_version = "TLSv1_3" },
            ["alpn_protocols"] = new[] { hop.Protocol == Protocol.Http2 ? "h2" : "http/1.1" },
        };
        if (isClient || hop.Security == Security.Mutual)
        {
            common["validation_context"] = new { trusted_ca = new { filename = certificates.Authority } };
        }

        var fields = new Dictionary<string, object> { ["common_tls_context"] = common };
        if (isClient)
        {
            fields["sni"] = Certificates.Host;
        }
        else if (hop.Security == Security.Mutual)
        {
            fields["require_client_certificate"] = true;
        }

        return new() { ["transport_socket"] = new { name = "envoy.transport_sockets.tls", typed_config = Typed("transport_sockets.tls.v3." + type, fields) } };
    }
}
