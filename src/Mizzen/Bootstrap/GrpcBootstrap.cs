using System.Text.Json.Nodes;

namespace Mizzen.Bootstrap;

/// <summary>The file that <c>GRPC_XDS_BOOTSTRAP</c> names (gRFC A27; certificates A29; tokens A97).</summary>
internal static class GrpcBootstrap
{
    private const string RefreshInterval = "900s";

    /// <param name="client">Who asks.</param>
    /// <param name="address">Who is asked.</param>
    /// <param name="certificates">The folder with the program's own certificate; null when it speaks no mutual TLS.</param>
    public static JsonObject Of(XdsClient client, ControlPlaneAddress address, string? certificates)
    {
        var file = new JsonObject { ["xds_servers"] = new JsonArray(ServerOf(address)), ["node"] = client.Node("grpc") };
        if (certificates is not null)
        {
            file["certificate_providers"] = new JsonObject
            {
                ["default"] = new JsonObject
                {
                    ["plugin_name"] = "file_watcher",
                    ["config"] = new JsonObject
                    {
                        ["certificate_file"] = Path.Combine(certificates, "cert-chain.pem"),
                        ["private_key_file"] = Path.Combine(certificates, "key.pem"),
                        ["ca_certificate_file"] = Path.Combine(certificates, "root-cert.pem"),
                        ["refresh_interval"] = RefreshInterval,
                    },
                },
            };
        }

        return file;
    }

    private static JsonObject ServerOf(ControlPlaneAddress address)
    {
        var server = new JsonObject { ["server_uri"] = address.ToString(), ["server_features"] = new JsonArray("xds_v3") };
        if (!address.IsSecure)
        {
            server["channel_creds"] = new JsonArray(new JsonObject { ["type"] = "insecure" });
            return server;
        }

        server["channel_creds"] = new JsonArray(
            new JsonObject { ["type"] = "tls", ["config"] = new JsonObject { ["ca_certificate_file"] = ControlPlaneAddress.RootCertificate } });
        server["call_creds"] = new JsonArray(
            new JsonObject { ["type"] = "jwt_token_file", ["config"] = new JsonObject { ["jwt_token_file"] = ControlPlaneAddress.Token } });
        return server;
    }
}
