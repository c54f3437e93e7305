using System.Globalization;
using System.Text;
using Envoy.Config.Core.V3;
using Envoy.Service.Auth.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Filters.ExternalAuthorization;

/// <summary>What a service of <c>envoy.service.auth.v3.Authorization</c> is told of a request.</summary>
internal static class CheckQuestion
{
    public static ReadOnlySpan<byte> Path => "/envoy.service.auth.v3.Authorization/Check"u8;

    /// <summary>The request's attributes, framed as gRPC's message.</summary>
    /// <param name="record">The request.</param>
    /// <param name="body">As much of its body as is shown.</param>
    /// <param name="isShown">Whether a header is shown, by its index.</param>
    /// <param name="settings">What is shown besides.</param>
    /// <param name="extensions">What the route wants to be told.</param>
    public static byte[] Compose(
        ExchangeRecord record, byte[] body, Func<RequestHead, int, bool> isShown, GrpcAuthorizationModel settings, IReadOnlyDictionary<string, string> extensions)
    {
        var attributes = new AttributeContext
        {
            Source = Peer(record.DownstreamRemote, record.Peer is { } peer ? Text(peer.Principal) : ""),
            Destination = Peer(record.DownstreamLocal, record.Security?.LocalUri ?? ""),
            Request = new AttributeContext.Types.Request { Time = Timestamp.FromDateTimeOffset(record.Started), Http = Http(record.Request, body, isShown, settings) },
        };
        attributes.ContextExtensions.Add(new Dictionary<string, string>(extensions));
        if (settings.ShowsServerName && record.Security is { ServerName.Length: > 0 } security)
        {
            attributes.TlsSession = new AttributeContext.Types.TLSSession { Sni = Text(security.ServerName) };
        }

        return GrpcMessage.Frame(new CheckRequest { Attributes = attributes }.ToByteArray());
    }

    private static AttributeContext.Types.Peer Peer(NetAddress address, string principal) => new()
    {
        Address = new Address { SocketAddress = new SocketAddress { Address = address.ToIPAddress().ToString(), PortValue = address.Port } },
        Principal = principal,
    };

    private static AttributeContext.Types.HttpRequest Http(RequestHead request, byte[] body, Func<RequestHead, int, bool> isShown, GrpcAuthorizationModel settings)
    {
        var http = new AttributeContext.Types.HttpRequest
        {
            Id = Text(request.TryGet("x-request-id"u8, out var id) ? id : default),
            Method = Text(request.Method),
            Path = Text(request.Path),
            Host = Text(request.Authority),
            Scheme = Text(request.TryGet("x-forwarded-proto"u8, out var scheme) ? scheme : "http"u8),
            Size = request.Framing == BodyFraming.Length ? request.ContentLength : -1,
            Protocol = request.Version switch { 20 => "HTTP/2", 10 => "HTTP/1.0", _ => "HTTP/1.1" },
        };
        if (settings.ShowsRawBody)
        {
            http.RawBody = ByteString.CopyFrom(body);
        }
        else
        {
            http.Body = Encoding.UTF8.GetString(body);
        }

        http.Headers[":method"] = http.Method;
        http.Headers[":path"] = http.Path;
        http.Headers[":authority"] = http.Host;
        http.Headers[":scheme"] = http.Scheme;
        for (var i = 0; i < request.FieldCount; i++)
        {
            if (!request.IsRemoved(i) && request.KnownOf(i) != KnownHeader.Host && isShown(request, i))
            {
                // Several of one name are one list (RFC 9110 section 5.3).
                var name = Text(request.NameOf(i)).ToLower(CultureInfo.InvariantCulture);
                var value = Text(request.ValueOf(i));
                http.Headers[name] = http.Headers.TryGetValue(name, out var others) ? $"{others},{value}" : value;
            }
        }

        return http;
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
