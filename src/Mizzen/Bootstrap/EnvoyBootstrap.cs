using System.Text.Json.Nodes;

namespace Mizzen.Bootstrap;

/// <summary>A bootstrap file for Envoy (<c>envoy -c FILE</c>): everything by delta ADS, the administration port on loopback.</summary>
internal static class EnvoyBootstrap
{
    private const string ControlPlaneCluster = "xds-grpc";
    private const int AdminPort = 15000;

    public static JsonObject Of(XdsClient client, ControlPlaneAddress address) => new()
    {
        ["node"] = client.Node(null),
        ["admin"] = new JsonObject { ["address"] = Socket(new ControlPlaneAddress("127.0.0.1", AdminPort)) },
        ["dynamic_resources"] = new JsonObject
        {
            ["ads_config"] = new JsonObject
            {
                ["api_type"] = "DELTA_GRPC",
                ["transport_api_version"] = "V3",
                ["set_node_on_first_message_only"] = true,
                ["grpc_services"] = new JsonArray(ServiceOf(address)),
            },
            ["cds_config"] = Ads(),
            ["lds_config"] = Ads(),
        },
        ["static_resources"] = new JsonObject { ["clusters"] = address.IsSecure ? new JsonArray() : new JsonArray(PlainCluster(address)) },
    };

    private static JsonObject Ads() => new()
    {
        ["ads"] = new JsonObject(),
        ["initial_fetch_timeout"] = "0s",
        ["resource_api_version"] = "V3",
    };

    // Only Envoy's own gRPC client of Google's reads a token from a file again and again.
    private static JsonObject ServiceOf(ControlPlaneAddress address) => address.IsSecure
        ? new JsonObject
        {
            ["google_grpc"] = new JsonObject
            {
                ["target_uri"] = address.ToString(),
                ["stat_prefix"] = ControlPlaneCluster,
                ["channel_credentials"] = new JsonObject
                {
                    ["ssl_credentials"] = new JsonObject { ["root_certs"] = new JsonObject { ["filename"] = ControlPlaneAddress.RootCertificate } },
                },
                ["call_credentials"] = new JsonArray(TokenFromFile()),
                ["credentials_factory_name"] = "envoy.grpc_credentials.file_based_metadata",
            },
        }
        : new JsonObject { ["envoy_grpc"] = new JsonObject { ["cluster_name"] = ControlPlaneCluster } };

    private static JsonObject TokenFromFile() => new()
    {
        ["from_plugin"] = new JsonObject
        {
            ["name"] = "envoy.grpc_credentials.file_based_metadata",
            ["typed_config"] = new JsonObject
            {
                ["@type"] = "type.googleapis.com/envoy.config.grpc_credential.v3.FileBasedMetadataConfig",
                ["secret_data"] = new JsonObject { ["filename"] = ControlPlaneAddress.Token },
                ["header_key"] = "authorization",
                ["header_prefix"] = "Bearer ",
            },
        },
    };

    private static JsonObject PlainCluster(ControlPlaneAddress address) => new()
    {
        ["name"] = ControlPlaneCluster,
        ["type"] = "STRICT_DNS",
        ["connect_timeout"] = "1s",
        ["typed_extension_protocol_options"] = new JsonObject
        {
            ["envoy.extensions.upstreams.http.v3.HttpProtocolOptions"] = new JsonObject
            {
                ["@type"] = "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                ["explicit_http_config"] = new JsonObject { ["http2_protocol_options"] = new JsonObject() },
            },
        },
        ["load_assignment"] = new JsonObject
        {
            ["cluster_name"] = ControlPlaneCluster,
            ["endpoints"] = new JsonArray(new JsonObject
            {
                ["lb_endpoints"] = new JsonArray(new JsonObject { ["endpoint"] = new JsonObject { ["address"] = Socket(address) } }),
            }),
        },
    };

    private static JsonObject Socket(ControlPlaneAddress address) => new()
    {
        ["socket_address"] = new JsonObject { ["address"] = address.Host, ["port_value"] = address.Port },
    };
}
