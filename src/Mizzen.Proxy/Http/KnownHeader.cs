using System.Buffers.Binary;

namespace Mizzen.Proxy.Http;

/// <summary>Header names that the engine itself looks at.</summary>
internal enum KnownHeader : byte
{
    Other,
    Te,
    Host,
    Date,
    Via,
    Expect,
    Server,
    Upgrade,
    Trailer,
    KeepAlive,
    UserAgent,
    Connection,
    RequestId,
    ContentType,
    EnvoyPeerMetadata,
    EnvoyPeerMetadataId,
    ContentLength,
    ForwardedFor,
    ForwardedProto,
    ForwardedHost,
    ProxyConnection,
    TransferEncoding,
    Http2Settings,
    EnvoyAttemptCount,
    EnvoyUpstreamServiceTime,
    EnvoyDecoratorOperation,
    EnvoyOriginalPath,
    Cookie,
    SetCookie,
    Authorization,
}

/// <summary>Names of <see cref="KnownHeader"/>: found by length, then compared without regard to case.</summary>
internal static class KnownHeaders
{
    public static KnownHeader Find(ReadOnlySpan<byte> name) => name.Length switch
    {
        2 => Match(name, "te"u8, KnownHeader.Te),
        3 => Match(name, "via"u8, KnownHeader.Via),
        4 => Match(name, "host"u8, KnownHeader.Host, "date"u8, KnownHeader.Date),
        6 => Match(name, "expect"u8, KnownHeader.Expect, "server"u8, KnownHeader.Server, "cookie"u8, KnownHeader.Cookie),
        7 => Match(name, "upgrade"u8, KnownHeader.Upgrade, "trailer"u8, KnownHeader.Trailer),
        10 => Match(name, "connection"u8, KnownHeader.Connection, "user-agent"u8, KnownHeader.UserAgent, "keep-alive"u8, KnownHeader.KeepAlive,
            "set-cookie"u8, KnownHeader.SetCookie),
        12 => Match(name, "x-request-id"u8, KnownHeader.RequestId, "content-type"u8, KnownHeader.ContentType),
        13 => Match(name, "authorization"u8, KnownHeader.Authorization),
        14 => Match(name, "content-length"u8, KnownHeader.ContentLength, "http2-settings"u8, KnownHeader.Http2Settings),
        15 => Match(name, "x-forwarded-for"u8, KnownHeader.ForwardedFor),
        16 => Match(name, "proxy-connection"u8, KnownHeader.ProxyConnection, "x-forwarded-host"u8, KnownHeader.ForwardedHost),
        17 => Match(name, "transfer-encoding"u8, KnownHeader.TransferEncoding, "x-forwarded-proto"u8, KnownHeader.ForwardedProto),
        21 => Match(name, "x-envoy-peer-metadata"u8, KnownHeader.EnvoyPeerMetadata, "x-envoy-attempt-count"u8, KnownHeader.EnvoyAttemptCount),
        24 => Match(name, "x-envoy-peer-metadata-id"u8, KnownHeader.EnvoyPeerMetadataId),
        27 => Match(name, "x-envoy-decorator-operation"u8, KnownHeader.EnvoyDecoratorOperation),
        29 => Match(name, "x-envoy-upstream-service-time"u8, KnownHeader.EnvoyUpstreamServiceTime),
        _ => KnownHeader.Other,
    };

    private static KnownHeader Match(ReadOnlySpan<byte> name, ReadOnlySpan<byte> first, KnownHeader one) =>
        Is(name, first) ? one : KnownHeader.Other;

    private static KnownHeader Match(ReadOnlySpan<byte> name, ReadOnlySpan<byte> first, KnownHeader one, ReadOnlySpan<byte> second, KnownHeader two) =>
        Is(name, first) ? one : Match(name, second, two);

    private static KnownHeader Match(
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> first,
        KnownHeader one,
        ReadOnlySpan<byte> second,
        KnownHeader two,
        ReadOnlySpan<byte> third,
        KnownHeader three) =>
        Is(name, first) ? one : Match(name, second, two, third, three);

    private static KnownHeader Match(
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> first,
        KnownHeader one,
        ReadOnlySpan<byte> second,
        KnownHeader two,
        ReadOnlySpan<byte> third,
        KnownHeader three,
        ReadOnlySpan<byte> fourth,
        KnownHeader four) =>
        Is(name, first) ? one : Match(name, second, two, third, three, fourth, four);

    // Eight characters at once. Of those that a field may have (RFC 9110, section 5.5), setting 0x20 turns only upper-case letters into
    // a character of a known name.
    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> lower)
    {
        const ulong LowerCase = 0x2020_2020_2020_2020;
        if (name.Length >= sizeof(ulong))
        {
            for (var at = 0; at < name.Length - sizeof(ulong); at += sizeof(ulong))
            {
                if ((Eight(name[at..]) | LowerCase) != Eight(lower[at..]))
                {
                    return false;
                }
            }

            return (Eight(name[^sizeof(ulong)..]) | LowerCase) == Eight(lower[^sizeof(ulong)..]);
        }

        for (var at = 0; at < name.Length; at++)
        {
            if ((name[at] | 0x20) != lower[at])
            {
                return false;
            }
        }

        return true;
    }

    private static ulong Eight(ReadOnlySpan<byte> text) => BinaryPrimitives.ReadUInt64LittleEndian(text);
}
