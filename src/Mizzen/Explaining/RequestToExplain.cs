using System.Globalization;
using System.Text.Json.Nodes;

namespace Mizzen.Explaining;

/// <summary>A request as a user describes it.</summary>
/// <param name="Method">The method; empty for a connection that is not HTTP.</param>
/// <param name="Host">The host of the URL, without port.</param>
/// <param name="Port">The port.</param>
/// <param name="Path">Path and query.</param>
/// <param name="Authority">What the client writes into Host.</param>
/// <param name="Headers">More headers.</param>
/// <param name="IsTls">Whether the connection begins with TLS.</param>
internal sealed record RequestToExplain(string Method, string Host, int Port, string Path, string Authority, IReadOnlyList<(string Name, string Value)> Headers, bool IsTls)
{
    private const int HttpPort = 80;
    private const int HttpsPort = 443;

    public bool IsHttp => Method.Length > 0;

    public override string ToString() => IsHttp ? $"{Method} {(IsTls ? "https" : "http")}://{Authority}{Path}" : string.Create(CultureInfo.InvariantCulture, $"TCP {Host}:{Port}");

    /// <summary>Reads the words of the command line.</summary>
    /// <param name="method">The method, or TCP.</param>
    /// <param name="url">http://host[:port]/path, or host:port.</param>
    /// <param name="headers"><c>name: value</c> each.</param>
    /// <exception cref="UserErrorException">A word cannot be understood; the message says how to write it.</exception>
    public static RequestToExplain Parse(string method, string url, IReadOnlyList<string> headers)
    {
        var isTcp = method.Equals("TCP", StringComparison.OrdinalIgnoreCase) || url.StartsWith("tcp://", StringComparison.OrdinalIgnoreCase);
        var text = url.Contains("://", StringComparison.Ordinal) ? url : (isTcp ? "tcp://" : "http://") + url;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
        {
            throw new UserErrorException($"'{url}' is no URL: write it like http://reviews:9080/reviews/1");
        }

        var port = uri.Port > 0 ? uri.Port : uri.Scheme == "https" ? HttpsPort : HttpPort;
        var parsed = headers.Select(Header).ToList();
        var host = parsed.Find(header => header.Name.Equals("host", StringComparison.OrdinalIgnoreCase)).Value;
        return new RequestToExplain(
            isTcp ? "" : method.ToUpperInvariant(), uri.Host, port, uri.PathAndQuery, host ?? uri.Authority, [.. parsed.Where(header => !header.Name.Equals("host", StringComparison.OrdinalIgnoreCase))], uri.Scheme == "https");
    }

    /// <summary>The question to the proxy program.</summary>
    /// <param name="destination">address:port that the client connects to.</param>
    public JsonObject ToJson(string destination)
    {
        var json = new JsonObject { ["destination"] = destination };
        if (IsTls)
        {
            json["serverName"] = Host;
        }

        if (IsHttp)
        {
            json["method"] = Method;
            json["path"] = Path;
            json["authority"] = Authority;
            json["headers"] = new JsonArray([.. Headers.Select(JsonNode (header) => new JsonObject { ["name"] = header.Name, ["value"] = header.Value })]);
        }

        return json;
    }

    private static (string Name, string Value) Header(string text)
    {
        var colon = text.IndexOf(':', 1);
        return colon > 0
            ? (text[..colon].Trim(), text[(colon + 1)..].Trim())
            : throw new UserErrorException($"-H '{text}': write a header like 'end-user: jason'");
    }
}
