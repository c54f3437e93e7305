namespace Mizzen.Proxy.Http2;

/// <summary>Frame types (RFC 9113 section 6).</summary>
internal enum FrameType : byte
{
    Data = 0,
    Headers = 1,
    Priority = 2,
    ResetStream = 3,
    Settings = 4,
    PushPromise = 5,
    Ping = 6,
    GoAway = 7,
    WindowUpdate = 8,
    Continuation = 9,
}

/// <summary>Frame flags (RFC 9113 section 6); END_STREAM and ACK share a bit.</summary>
[Flags]
internal enum FrameFlags : byte
{
    None = 0,
    EndStream = 0x01,
    Ack = EndStream,
    EndHeaders = 0x04,
    Padded = 0x08,
    Priority = 0x20,
}

/// <summary>Error codes (RFC 9113 section 7).</summary>
internal enum Http2Error : uint
{
    None = 0,
    Protocol = 1,
    Internal = 2,
    FlowControl = 3,
    SettingsTimeout = 4,
    StreamClosed = 5,
    FrameSize = 6,
    RefusedStream = 7,
    Cancel = 8,
    Compression = 9,
    Connect = 10,
    EnhanceYourCalm = 11,
    InadequateSecurity = 12,
    Http11Required = 13,
}

/// <summary>Settings (RFC 9113 section 6.5.2, RFC 8441 section 3).</summary>
internal enum SettingId : ushort
{
    HeaderTableSize = 1,
    EnablePush = 2,
    MaxConcurrentStreams = 3,
    InitialWindowSize = 4,
    MaxFrameSize = 5,
    MaxHeaderListSize = 6,
    EnableConnectProtocol = 8,
}
