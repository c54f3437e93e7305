using System.Text.Json;
using System.Text.Json.Nodes;
using Envoy.Config.Accesslog.V3;
using Envoy.Config.Core.V3;
using Envoy.Extensions.AccessLoggers.File.V3;
using Google.Protobuf.WellKnownTypes;
using Mizzen.Resources.Mesh;

namespace Mizzen.ControlPlane.Translation;

/// <summary>The access log that a MeshConfig asks for, with Istio's default formats.</summary>
internal static class AccessLogs
{
    private const string DefaultText =
        "[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\" %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% "
        + "%CONNECTION_TERMINATION_DETAILS% \"%UPSTREAM_TRANSPORT_FAILURE_REASON%\" %BYTES_RECEIVED% %BYTES_SENT% %DURATION% "
        + "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% \"%REQ(X-FORWARDED-FOR)%\" \"%REQ(USER-AGENT)%\" \"%REQ(X-REQUEST-ID)%\" \"%REQ(:AUTHORITY)%\" "
        + "\"%UPSTREAM_HOST%\" %UPSTREAM_CLUSTER% %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% "
        + "%REQUESTED_SERVER_NAME% %ROUTE_NAME%\n";

    private static readonly (string Key, string Format)[] DefaultJson =
    [
        ("start_time", "%START_TIME%"),
        ("method", "%REQ(:METHOD)%"),
        ("path", "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%"),
        ("protocol", "%PROTOCOL%"),
        ("response_code", "%RESPONSE_CODE%"),
        ("response_flags", "%RESPONSE_FLAGS%"),
        ("response_code_details", "%RESPONSE_CODE_DETAILS%"),
        ("connection_termination_details", "%CONNECTION_TERMINATION_DETAILS%"),
        ("upstream_transport_failure_reason", "%UPSTREAM_TRANSPORT_FAILURE_REASON%"),
        ("bytes_received", "%BYTES_RECEIVED%"),
        ("bytes_sent", "%BYTES_SENT%"),
        ("duration", "%DURATION%"),
        ("upstream_service_time", "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%"),
        ("x_forwarded_for", "%REQ(X-FORWARDED-FOR)%"),
        ("user_agent", "%REQ(USER-AGENT)%"),
        ("request_id", "%REQ(X-REQUEST-ID)%"),
        ("authority", "%REQ(:AUTHORITY)%"),
        ("upstream_host", "%UPSTREAM_HOST%"),
        ("upstream_cluster", "%UPSTREAM_CLUSTER%"),
        ("upstream_local_address", "%UPSTREAM_LOCAL_ADDRESS%"),
        ("downstream_local_address", "%DOWNSTREAM_LOCAL_ADDRESS%"),
        ("downstream_remote_address", "%DOWNSTREAM_REMOTE_ADDRESS%"),
        ("requested_server_name", "%REQUESTED_SERVER_NAME%"),
        ("route_name", "%ROUTE_NAME%"),
    ];

    /// <summary>None unless a file is named.</summary>
    public static IEnumerable<AccessLog> Of(MeshConfig mesh)
    {
        if (mesh.AccessLogFile is not { Length: > 0 } path)
        {
            return [];
        }

        var format = mesh.AccessLogEncoding == "JSON"
            ? new SubstitutionFormatString { JsonFormat = Json(mesh.AccessLogFormat) }
            : new SubstitutionFormatString { TextFormatSource = new DataSource { InlineString = mesh.AccessLogFormat is { Length: > 0 } own ? own : DefaultText } };
        return [new AccessLog { Name = EnvoyNames.FileAccessLog, TypedConfig = Messages.Pack(new FileAccessLog { Path = path, LogFormat = format }) }];
    }

    private static Struct Json(string? own)
    {
        var fields = new Struct();
        foreach (var (key, format) in Parse(own) ?? DefaultJson)
        {
            fields.Fields.Add(key, Value.ForString(format));
        }

        return fields;
    }

    private static IEnumerable<(string, string)>? Parse(string? own)
    {
        if (string.IsNullOrWhiteSpace(own))
        {
            return null;
        }

        try
        {
            return (JsonNode.Parse(own) as JsonObject)?.Select(field => (field.Key, field.Value?.ToString() ?? ""));
        }
        catch (JsonException)
        {
            // The analysis names the field; until it is corrected, the default is better than no log.
            return null;
        }
    }
}
