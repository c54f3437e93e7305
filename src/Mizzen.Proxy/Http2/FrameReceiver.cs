using System.Buffers.Binary;

using Mizzen.Proxy.Loop;

namespace Mizzen.Proxy.Http2;

/// <summary>
/// Reads a connection's bytes as frames and refuses what RFC 9113 forbids of a frame by itself (sections 4 and 6). A body's bytes are
/// passed on as they come; every other frame is read as a whole.
/// </summary>
internal abstract class FrameReceiver : DeferredTask
{
    private const int BlockTimeoutMilliseconds = 60_000;

    private readonly HeaderBlock _block;
    private readonly LoopTimer _blockTimer;
    private Http2Stream? _dataStream;
    private FrameHeader _data;
    private int _dataLeft;
    private int _paddingLeft;
    private bool _inData;
    private bool _settingsSeen;

    protected FrameReceiver(EventLoop loop)
    {
        Loop = loop;
        _block = new HeaderBlock(loop.Buffers);
        _blockTimer = new LoopTimer(() => Fail(Http2Error.EnhanceYourCalm, "header block without end"u8));
    }

    public EventLoop Loop { get; }

    public bool IsClosed { get; protected set; }

    protected abstract FloodGuard Guard { get; }

    protected abstract Http2Counters Counters { get; }

    /// <summary>Ends the connection because the peer broke the protocol.</summary>
    public abstract void Fail(Http2Error error, ReadOnlySpan<byte> why);

    /// <summary>Body bytes, or padding, were used up.</summary>
    public abstract void Consume(int length);

    /// <summary>Counts a DATA frame against the connection's window; false when it is larger.</summary>
    protected abstract bool TakeFromWindow(int length);

    /// <summary>The stream that takes a DATA frame; null when its content is to be dropped.</summary>
    protected abstract Http2Stream? FindForData(in FrameHeader header);

    /// <summary>A complete header block. It must be decoded in any case.</summary>
    protected abstract void OnHeaders(int id, bool endsStream, ReadOnlySpan<byte> block);

    /// <summary>The peer has ended a stream.</summary>
    protected abstract void OnResetStream(int id, Http2Error error);

    protected abstract void OnSettings(ReadOnlySpan<byte> payload);

    protected abstract void OnSettingsAck();

    /// <summary>Stream 0 is the connection; an increment of 0 is an error.</summary>
    protected abstract void OnWindowUpdate(int stream, int increment);

    protected abstract void OnPing(ReadOnlySpan<byte> opaque);

    protected abstract void OnPong(ReadOnlySpan<byte> opaque);

    protected abstract void OnGoAway(int lastStream, Http2Error error);

    /// <summary>The stream was never opened: frames of it are an error, while those of a closed one may only be late.</summary>
    protected abstract bool IsIdle(int id);

    /// <summary>Ends the connection unless what the peer does is bearable.</summary>
    protected void Calm(bool isBearable)
    {
        if (!isBearable)
        {
            Fail(Http2Error.EnhanceYourCalm, "too many frames that carry nothing"u8);
        }
    }

    /// <summary>A stream is gone: the rest of its DATA frame is dropped.</summary>
    protected void ForgetData(Http2Stream stream)
    {
        if (ReferenceEquals(_dataStream, stream))
        {
            _dataStream = null;
        }
    }

    /// <summary>Gives up what was half read.</summary>
    protected void EndReceiving()
    {
        Loop.Disarm(_blockTimer);
        _block.End();
    }

    /// <summary>Reads one frame, or a part of a DATA frame. Returns the octets that were used, 0 when more are needed.</summary>
    protected int ReadFrame(ReadOnlySpan<byte> input)
    {
        if (_inData)
        {
            return ReadDataContent(input);
        }

        if (input.Length < FrameHeader.Size)
        {
            return 0;
        }

        var header = FrameHeader.Read(input);
        if (header.Length > FrameHeader.DefaultMaxLength)
        {
            Fail(Http2Error.FrameSize, "frame longer than allowed"u8);
            return 0;
        }

        if (!IsExpected(header))
        {
            Fail(Http2Error.Protocol, "unexpected frame"u8);
            return 0;
        }

        if (header.Type == FrameType.Data)
        {
            return BeginData(header, input[FrameHeader.Size..]);
        }

        if (input.Length < FrameHeader.Size + header.Length)
        {
            return 0;
        }

        Dispatch(header, input.Slice(FrameHeader.Size, header.Length));
        return FrameHeader.Size + header.Length;
    }

    /// <summary>SETTINGS come first (section 3.4); inside of a header block nothing comes but its continuation (section 6.10).</summary>
    private bool IsExpected(in FrameHeader header)
    {
        if (!_settingsSeen)
        {
            return header.Type == FrameType.Settings && !header.Has(FrameFlags.Ack);
        }

        return _block.Stream == 0 ? header.Type != FrameType.Continuation : header.Type == FrameType.Continuation && header.Stream == _block.Stream;
    }

    private void Dispatch(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        switch (header.Type)
        {
            case FrameType.Headers:
                ReadHeaders(header, payload);
                break;
            case FrameType.Continuation:
                ReadContinuation(header, payload);
                break;
            case FrameType.Settings:
                ReadSettings(header, payload);
                break;
            case FrameType.WindowUpdate:
                ReadWindowUpdate(header, payload);
                break;
            case FrameType.ResetStream:
                ReadReset(header, payload);
                break;
            case FrameType.Ping:
                ReadPing(header, payload);
                break;
            case FrameType.Priority:
                ReadPriority(header, payload);
                break;
            case FrameType.GoAway:
                ReadGoAway(header, payload);
                break;
            case FrameType.PushPromise:
                Fail(Http2Error.Protocol, "push is not allowed"u8);
                break;
        }
    }

    private void ReadHeaders(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.Stream == 0 || !TryUnwrap(header, ref payload))
        {
            Fail(Http2Error.Protocol, "malformed HEADERS"u8);
            return;
        }

        var endsStream = header.Has(FrameFlags.EndStream);
        Calm(Guard.OnPayload(payload.IsEmpty && !endsStream));
        if (IsClosed)
        {
            return;
        }

        if (header.Has(FrameFlags.EndHeaders))
        {
            OnHeaders(header.Stream, endsStream, payload);
        }
        else
        {
            _block.Begin(header.Stream, endsStream, payload);
            Loop.Arm(_blockTimer, BlockTimeoutMilliseconds);
        }
    }

    private void ReadContinuation(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        Calm(Guard.OnPayload(payload.IsEmpty && !header.Has(FrameFlags.EndHeaders)));
        if (IsClosed)
        {
            return;
        }

        if (!_block.TryAppend(payload))
        {
            Counters.Add(Http2Counter.TooManyHeaderFrames);
            Fail(Http2Error.EnhanceYourCalm, "header block without end"u8);
            return;
        }

        if (header.Has(FrameFlags.EndHeaders))
        {
            var stream = _block.Stream;
            Loop.Disarm(_blockTimer);
            OnHeaders(stream, _block.EndsStream, _block.Bytes);
            _block.End();
        }
    }

    /// <summary>Takes padding and priority off.</summary>
    private static bool TryUnwrap(in FrameHeader header, ref ReadOnlySpan<byte> payload)
    {
        var padding = 0;
        if (header.Has(FrameFlags.Padded))
        {
            if (payload.IsEmpty)
            {
                return false;
            }

            padding = payload[0];
            payload = payload[1..];
        }

        if (header.Has(FrameFlags.Priority))
        {
            if (payload.Length < 5 || (BinaryPrimitives.ReadUInt32BigEndian(payload) & 0x7fff_ffff) == header.Stream)
            {
                return false;
            }

            payload = payload[5..];
        }

        if (padding > payload.Length)
        {
            return false;
        }

        payload = payload[..^padding];
        return true;
    }

    private int BeginData(in FrameHeader header, ReadOnlySpan<byte> input)
    {
        var isPadded = header.Has(FrameFlags.Padded);
        if (isPadded && input.IsEmpty && header.Length > 0)
        {
            return 0;
        }

        var padding = isPadded && header.Length > 0 ? input[0] : 0;
        var overhead = isPadded ? 1 : 0;
        if (header.Stream == 0 || IsIdle(header.Stream) || padding + overhead > header.Length)
        {
            Fail(Http2Error.Protocol, "malformed DATA"u8);
            return 0;
        }

        if (!TakeFromWindow(header.Length))
        {
            Fail(Http2Error.FlowControl, "window exceeded"u8);
            return 0;
        }

        Calm(Guard.OnPayload(header.Length - padding - overhead == 0 && !header.Has(FrameFlags.EndStream)));
        _data = header;
        _dataLeft = header.Length - padding - overhead;
        _paddingLeft = padding;
        _inData = true;
        _dataStream = FindForData(header);
        SkipPadding(overhead);
        if (_dataLeft == 0)
        {
            FinishDataContent();
        }

        return FrameHeader.Size + overhead;
    }

    private int ReadDataContent(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return 0;
        }

        if (_dataLeft > 0)
        {
            var piece = input[..Math.Min(input.Length, _dataLeft)];
            _dataLeft -= piece.Length;
            if (_dataStream is { } stream)
            {
                stream.Receive(piece);
            }
            else
            {
                Consume(piece.Length);
            }

            if (_dataLeft == 0 && !IsClosed)
            {
                FinishDataContent();
            }

            return piece.Length;
        }

        var skipped = Math.Min(input.Length, _paddingLeft);
        _paddingLeft -= skipped;
        _inData = _paddingLeft > 0;
        return skipped;
    }

    private void FinishDataContent()
    {
        SkipPadding(_paddingLeft);
        _inData = _paddingLeft > 0;
        if (_data.Has(FrameFlags.EndStream) && !IsClosed)
        {
            _dataStream?.ReceiveEnd(null);
        }

        _dataStream = null;
    }

    private void SkipPadding(int length)
    {
        if (length > 0 && !IsClosed)
        {
            Consume(length);
            _dataStream?.SkipPadding(length);
        }
    }

    private void ReadSettings(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        var isAck = header.Has(FrameFlags.Ack);
        if (header.Stream != 0)
        {
            Fail(Http2Error.Protocol, "SETTINGS on a stream"u8);
            return;
        }

        if (isAck ? header.Length != 0 : header.Length % 6 != 0)
        {
            Fail(Http2Error.FrameSize, "malformed SETTINGS"u8);
            return;
        }

        if (isAck)
        {
            OnSettingsAck();
            return;
        }

        Calm(Guard.OnControl(Loop.Now));
        if (!IsClosed)
        {
            _settingsSeen = true;
            OnSettings(payload);
        }
    }

    private void ReadWindowUpdate(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.Length != 4)
        {
            Fail(Http2Error.FrameSize, "malformed WINDOW_UPDATE"u8);
            return;
        }

        var increment = (int)(BinaryPrimitives.ReadUInt32BigEndian(payload) & 0x7fff_ffff);
        Calm(Guard.OnWindowUpdate());
        if (!IsClosed)
        {
            OnWindowUpdate(header.Stream, increment);
        }
    }

    private void ReadReset(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.Length != 4)
        {
            Fail(Http2Error.FrameSize, "malformed RST_STREAM"u8);
            return;
        }

        if (header.Stream == 0 || IsIdle(header.Stream))
        {
            Fail(Http2Error.Protocol, "RST_STREAM on an idle stream"u8);
            return;
        }

        OnResetStream(header.Stream, (Http2Error)BinaryPrimitives.ReadUInt32BigEndian(payload));
    }

    private void ReadPing(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.Length != 8 || header.Stream != 0)
        {
            Fail(header.Length != 8 ? Http2Error.FrameSize : Http2Error.Protocol, "malformed PING"u8);
            return;
        }

        if (header.Has(FrameFlags.Ack))
        {
            OnPong(payload);
            return;
        }

        Calm(Guard.OnControl(Loop.Now));
        if (!IsClosed)
        {
            OnPing(payload);
        }
    }

    /// <summary>Priorities are not used (section 5.3.2), but their frames must be right.</summary>
    private void ReadPriority(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.Stream == 0)
        {
            Fail(Http2Error.Protocol, "PRIORITY without a stream"u8);
        }
        else if (header.Length != 5)
        {
            Fail(Http2Error.FrameSize, "malformed PRIORITY"u8);
        }
        else if ((BinaryPrimitives.ReadUInt32BigEndian(payload) & 0x7fff_ffff) == header.Stream)
        {
            Fail(Http2Error.Protocol, "a stream cannot depend on itself"u8);
        }
        else
        {
            Calm(Guard.OnPriority());
        }
    }

    private void ReadGoAway(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.Stream != 0 || header.Length < 8)
        {
            Fail(header.Stream != 0 ? Http2Error.Protocol : Http2Error.FrameSize, "malformed GOAWAY"u8);
            return;
        }

        OnGoAway((int)(BinaryPrimitives.ReadUInt32BigEndian(payload) & 0x7fff_ffff), (Http2Error)BinaryPrimitives.ReadUInt32BigEndian(payload[4..]));
    }
}
