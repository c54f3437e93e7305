using System.Buffers.Binary;

namespace Mizzen.Proxy.Http2;

/// <summary>What the peer has announced (RFC 9113 section 6.5); the initial values are the RFC's.</summary>
internal struct PeerSettings()
{
    public int HeaderTableSize { get; private set; } = 4096;

    public uint MaxConcurrentStreams { get; private set; } = uint.MaxValue;

    public int InitialWindow { get; private set; } = 65535;

    public int MaxFrameLength { get; private set; } = FrameHeader.DefaultMaxLength;

    /// <summary>Servers only: extended CONNECT may be used (RFC 8441).</summary>
    public bool EnablesConnect { get; private set; }

    /// <summary>Takes a SETTINGS payload whose length is a multiple of six; an error is one of the connection.</summary>
    public Http2Error Take(ReadOnlySpan<byte> payload)
    {
        for (; !payload.IsEmpty; payload = payload[6..])
        {
            var error = Take((SettingId)BinaryPrimitives.ReadUInt16BigEndian(payload), BinaryPrimitives.ReadUInt32BigEndian(payload[2..]));
            if (error != Http2Error.None)
            {
                return error;
            }
        }

        return Http2Error.None;
    }

    private Http2Error Take(SettingId id, uint value)
    {
        switch (id)
        {
            case SettingId.HeaderTableSize:
                HeaderTableSize = (int)Math.Min(value, int.MaxValue);
                break;
            case SettingId.EnablePush or SettingId.EnableConnectProtocol when value > 1:
                return Http2Error.Protocol;
            case SettingId.EnableConnectProtocol when value == 0 && EnablesConnect:
                return Http2Error.Protocol;
            case SettingId.EnableConnectProtocol:
                EnablesConnect = value == 1;
                break;
            case SettingId.MaxConcurrentStreams:
                MaxConcurrentStreams = value;
                break;
            case SettingId.InitialWindowSize when value > int.MaxValue:
                return Http2Error.FlowControl;
            case SettingId.InitialWindowSize:
                InitialWindow = (int)value;
                break;
            case SettingId.MaxFrameSize when value is < FrameHeader.DefaultMaxLength or > 0xff_ffff:
                return Http2Error.Protocol;
            case SettingId.MaxFrameSize:
                MaxFrameLength = (int)value;
                break;
        }

        return Http2Error.None;
    }
}
