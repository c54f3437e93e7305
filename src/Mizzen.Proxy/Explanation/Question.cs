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
    /// <summary>It arrives at the proxy of the server, instead of at that of the client.</summary>
    public bool IsInbound { get; init; }

    /// <summary>The client's address.</summary>
    public NetAddress Client { get; init; }

    /// <summary>What the client has proven; null for one without certificate.</summary>
    public PeerCertificate? Peer { get; init; }

    /// <summary>
    /// Reads <c>{"destination": "10.96.0.1:80", "method": "GET", "path": "/", "authority": "reviews", "headers": [{"name": "a", "value": "b"}]}</c>;
    /// <c>"serverName"</c> or <c>"applicationProtocols"</c> for a connection that begins with TLS, no method for one that is not HTTP;
    /// <c>"inbound": true</c> with <c>"client": {"address": "10.244.0.7", "principal": "spiffe://…"}</c> for one that arrives at a server.
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
        return new Question(NetAddress.Of(endpoint), ReadTraits(json, head), head)
        {
            IsInbound = json.Fields.TryGetValue("inbound", out var inbound) && inbound.BoolValue,
            Client = ReadClient(json, out var principal),
            Peer = principal.Length == 0 ? null : new PeerCertificate { Uris = [Values.Utf8(principal)], Uri = principal },
        };
    }

    private static ConnectionTraits ReadTraits(Struct json, RequestHead? head)
    {
        var name = Text(json, "serverName");
        var protocols = json.Fields.TryGetValue("applicationProtocols", out var list) ? list.ListValue?.Values.Select(value => value.StringValue).ToList() ?? [] : [];
        return name.Length > 0 || protocols.Count > 0 ? new ConnectionTraits(IsTls: true, name, protocols)
            : head is null ? ConnectionTraits.Unknown
            : ConnectionTraits.Http1;
    }

    private static NetAddress ReadClient(Struct json, out string principal)
    {
        principal = "";
        if (!json.Fields.TryGetValue("client", out var value) || value.StructValue is not { } client)
        {
            return default;
        }

        principal = Text(client, "principal");
        var address = Text(client, "address");
        return System.Net.IPAddress.TryParse(address, out var parsed)
            ? NetAddress.Of(new System.Net.IPEndPoint(parsed, 0))
            : throw new InvalidDataException($"client address '{address}' is no address");
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
