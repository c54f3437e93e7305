using Mizzen.Proxy.Http;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Exchanges;

/// <summary>What the connection manager does to every request's header: who asked, over what, under which id.</summary>
internal static class RequestFields
{
    public static void Receive(ExchangeRecord record, HttpDownstream downstream, ExchangeServices services)
    {
        var request = record.Request;
        var http = record.Http!;
        var isInternal = !http.UseRemoteAddress || IsPrivate(record.DownstreamRemote);
        if (http.UseRemoteAddress)
        {
            ReceiveAtEdge(request, record.DownstreamRemote, http, isInternal);
        }

        if (request.Find(KnownHeader.ForwardedProto) < 0)
        {
            request.Append("x-forwarded-proto"u8, record.Security is null ? "http"u8 : "https"u8);
        }

        ForwardedCertificate.Apply(request, downstream);

        if (http.GenerateRequestId)
        {
            SetRequestId(request, services, keep: isInternal || http.PreserveExternalRequestId);
        }
    }

    /// <summary>The address is one of RFC 1918, RFC 4193 or loopback: such clients are the mesh's own (Envoy's default internal addresses).</summary>
    public static bool IsPrivate(NetAddress address)
    {
        if (address.IsLoopback)
        {
            return true;
        }

        if (address.IsV6)
        {
            return (byte)(address.Value >> 120) is 0xfc or 0xfd;
        }

        var value = (uint)address.Value;
        return value >> 24 == 10 || value >> 20 == 0xac1 || value >> 16 == 0xc0a8;
    }

    private static void ReceiveAtEdge(RequestHead request, NetAddress remote, HttpModel http, bool isInternal)
    {
        Span<byte> text = stackalloc byte[NetAddress.LongestText];
        var address = text[..remote.FormatHost(text)];
        if (!http.SkipForwardedForAppend)
        {
            AppendForwardedFor(request, address);
        }

        request.Remove(KnownHeader.ForwardedProto);
        if (isInternal)
        {
            request.Set("x-envoy-internal"u8, "true"u8);
        }
        else
        {
            // What an outside client says about these is not to be believed.
            request.Remove("x-envoy-internal"u8);
            request.Remove(KnownHeader.EnvoyDecoratorOperation);
            request.Set("x-envoy-external-address"u8, address);
        }
    }

    private static void AppendForwardedFor(RequestHead request, ReadOnlySpan<byte> address)
    {
        var existing = request.Get(KnownHeader.ForwardedFor);
        if (existing.IsEmpty)
        {
            request.Set("x-forwarded-for"u8, address);
            return;
        }

        if (existing.Length > 1024)
        {
            existing = existing[..1024];
        }

        Span<byte> joined = stackalloc byte[1024 + 1 + NetAddress.LongestText];
        existing.CopyTo(joined);
        joined[existing.Length] = (byte)',';
        address.CopyTo(joined[(existing.Length + 1)..]);
        request.Set("x-forwarded-for"u8, joined[..(existing.Length + 1 + address.Length)]);
    }

    private static void SetRequestId(RequestHead request, ExchangeServices services, bool keep)
    {
        if (keep && !request.Get(KnownHeader.RequestId).IsEmpty)
        {
            return;
        }

        Span<byte> bytes = stackalloc byte[16];
        services.Random.Fill(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        Span<byte> text = stackalloc byte[36];
        _ = new Guid(bytes, bigEndian: true).TryFormat(text, out _);
        request.Remove(KnownHeader.RequestId);
        request.Append("x-request-id"u8, text);
    }
}
