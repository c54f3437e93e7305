using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Mizzen.Proxy.Agent;

/// <summary>One probe of the application, as Kubernetes describes it.</summary>
internal abstract record AppProbe(TimeSpan Timeout)
{
    /// <summary>Kubernetes' default.</summary>
    private const double DefaultTimeoutSeconds = 1;

    /// <summary>GET; statuses from 200 to 399 are success.</summary>
    internal sealed record Http(string Scheme, string Host, int Port, string Path, IReadOnlyList<KeyValuePair<string, string>> Headers, TimeSpan Timeout)
        : AppProbe(Timeout);

    /// <summary>A connection is success.</summary>
    internal sealed record Tcp(string Host, int Port, TimeSpan Timeout) : AppProbe(Timeout);

    /// <summary>A probe that cannot be run here, with the reason.</summary>
    internal sealed record Unsupported(string Reason) : AppProbe(TimeSpan.Zero);

    /// <summary>Reads <c>ISTIO_KUBE_APP_PROBERS</c>: an object from paths to probes.</summary>
    /// <exception cref="InvalidDataException">The text is not that.</exception>
    public static IReadOnlyDictionary<string, AppProbe> ReadAll(string json)
    {
        try
        {
            return JsonParser.Default.Parse<Struct>(json).Fields.ToDictionary(field => field.Key, field => Read(field.Value.StructValue ?? new Struct()));
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new InvalidDataException($"ISTIO_KUBE_APP_PROBERS is not a JSON object of probes: {error.Message}", error);
        }
    }

    private static AppProbe Read(Struct probe)
    {
        var timeout = TimeSpan.FromSeconds(Number(probe, "timeoutSeconds") is > 0 and var seconds ? seconds : DefaultTimeoutSeconds);
        if (Inner(probe, "httpGet") is { } http)
        {
            var path = Text(http, "path");
            var scheme = Text(http, "scheme").Equals("HTTPS", StringComparison.OrdinalIgnoreCase) ? "https" : "http";
            return new Http(scheme, Text(http, "host"), (int)Number(http, "port"), path.StartsWith('/') ? path : "/" + path, HeadersOf(http), timeout);
        }

        if (Inner(probe, "tcpSocket") is { } tcp)
        {
            return new Tcp(Text(tcp, "host"), (int)Number(tcp, "port"), timeout);
        }

        return new Unsupported(Inner(probe, "grpc") is null
            ? "the probe has neither httpGet nor tcpSocket"
            : "gRPC probes are not supported yet: use httpGet or tcpSocket, or annotate the pod with sidecar.istio.io/rewriteAppHTTPProbers: \"false\"");
    }

    private static List<KeyValuePair<string, string>> HeadersOf(Struct http) => http.Fields.TryGetValue("httpHeaders", out var list) && list.ListValue is { } headers
        ? [.. headers.Values.Select(header => KeyValuePair.Create(Text(header.StructValue, "name"), Text(header.StructValue, "value")))]
        : [];

    private static Struct? Inner(Struct parent, string name) => parent.Fields.TryGetValue(name, out var value) ? value.StructValue : null;

    private static string Text(Struct? parent, string name) => parent is not null && parent.Fields.TryGetValue(name, out var value) ? value.StringValue : "";

    private static double Number(Struct parent, string name) => parent.Fields.TryGetValue(name, out var value) ? value.NumberValue : 0;
}
