using Google.Protobuf.WellKnownTypes;
using Mizzen.Proxy.Configuration;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Listeners;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Explanation;

/// <summary>A request or connection that somebody wants to understand.</summary>
/// <param name="Destination">Where the client connects to.</param>
/// <param name="Traits">What its first bytes tell.</param>
/// <param name="Head">The request's head; null when there is no request to see.</param>
internal sealed record Question(NetAddress Destination, ConnectionTraits Traits, RequestHead? Head)
{
    /// <summary>
    /// Reads <c>{"destination": "10.96.0.1:80", "method": "GET", "path": "/", "authority": "reviews", "headers": [{"name": "a", "value": "b"}]}</c>;
    /// <c>"serverName"</c> for a connection that begins with TLS, no method for one that is not HTTP.
    /// </summary>
    /// <exception cref="InvalidDataException">A part is missing, or makes no request.</exception>
    public static Question Read(Struct json)
    {
        var destination = Text(json, "destination");
        if (!System.Net.IPEndPoint.TryParse(destination, out var endpoint) || endpoint.Port == 0)
        {
            throw new InvalidDataException($"destination '{destination}' is not address:port");
        }

        var head = Text(json, "method").Length > 0 ? ReadHead(json) : null;
        var traits = Text(json, "serverName") is { Length: > 0 } name ? new ConnectionTraits(IsTls: true, name, [])
            : head is null ? ConnectionTraits.Unknown
            : ConnectionTraits.Http1;
        return new Question(NetAddress.Of(endpoint), traits, head);
    }

    private static RequestHead ReadHead(Struct json)
    {
        var text = new System.Text.StringBuilder();
        text.Append(Text(json, "method")).Append(' ').Append(Text(json, "path")).Append(" HTTP/1.1\r\nhost: ").Append(Text(json, "authority")).Append("\r\n");
        foreach (var header in json.Fields.TryGetValue("headers", out var list) ? list.ListValue.Values : [])
        {
            text.Append(Text(header.StructValue, "name")).Append(": ").Append(Text(header.StructValue, "value")).Append("\r\n");
        }

        var head = new RequestHead();
        var scanned = 0;
        var error = head.Read(new BufferPool(), Values.Utf8(text.Append("\r\n").ToString()), ref scanned, out _);
        return error == HeadError.None ? head : throw new InvalidDataException($"this is no request ({error}): {text.ToString().Trim()}");
    }

    private static string Text(Struct json, string name) => json.Fields.TryGetValue(name, out var value) && value.HasStringValue ? value.StringValue : "";
}
