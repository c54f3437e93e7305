using System.Text;

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
        Ascii.EqualsIgnoreCase(name, first) ? one : KnownHeader.Other;

    private static KnownHeader Match(ReadOnlySpan<byte> name, ReadOnlySpan<byte> first, KnownHeader one, ReadOnlySpan<byte> second, KnownHeader two) =>
        Ascii.EqualsIgnoreCase(name, first) ? one : Match(name, second, two);

    private static KnownHeader Match(
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> first,
        KnownHeader one,
        ReadOnlySpan<byte> second,
        KnownHeader two,
        ReadOnlySpan<byte> third,
        KnownHeader three) =>
        Ascii.EqualsIgnoreCase(name, first) ? one : Match(name, second, two, third, three);

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
        Ascii.EqualsIgnoreCase(name, first) ? one : Match(name, second, two, third, three, fourth, four);
}
