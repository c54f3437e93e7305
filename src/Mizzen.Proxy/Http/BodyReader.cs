namespace Mizzen.Proxy.Http;

/// <summary>What <see cref="BodyReader.Next"/> found.</summary>
internal enum BodyPart
{
    /// <summary>All input is used or too short; come again with more.</summary>
    NeedMore,

    /// <summary>A piece of the body.</summary>
    Data,

    /// <summary>A trailer section, which also ends the body.</summary>
    Trailers,

    End,
    Malformed,
}

/// <summary>Finds the pieces of a body, and its end, in bytes as they come (RFC 9112 sections 6 and 7). Strict: CRLF only, hexadecimal sizes only.</summary>
internal struct BodyReader
{
    private BodyFraming _framing;
    private State _state;
    private long _remaining;

    private enum State : byte
    {
        Done,
        Data,
        ChunkSize,
        ChunkEnd,
        TrailerSection,
    }

    public readonly bool IsDone => _state == State.Done;

    /// <summary>Bytes that are still to come, as far as announced.</summary>
    public readonly long Remaining => _framing == BodyFraming.Length ? _remaining : long.MaxValue;

    public void Start(BodyFraming framing, long length)
    {
        _framing = framing;
        _remaining = framing == BodyFraming.Length ? length : long.MaxValue;
        _state = framing switch
        {
            BodyFraming.None => State.Done,
            BodyFraming.Chunked => State.ChunkSize,
            BodyFraming.Length when length == 0 => State.Done,
            _ => State.Data,
        };
    }

    /// <summary>
    /// Looks at <paramref name="input"/>. <paramref name="used"/> bytes are done with after the call; for data and trailers
    /// <paramref name="content"/> is the part of them that matters.
    /// </summary>
    public BodyPart Next(ReadOnlySpan<byte> input, out int used, out Range content)
    {
        used = 0;
        content = default;
        while (true)
        {
            var rest = input[used..];
            if (_state == State.Done)
            {
                return BodyPart.End;
            }

            if (rest.IsEmpty)
            {
                return BodyPart.NeedMore;
            }

            switch (_state)
            {
                case State.Data:
                    var length = (int)Math.Min(rest.Length, _remaining);
                    content = used..(used + length);
                    used += length;
                    Advance(length);
                    return BodyPart.Data;
                case State.TrailerSection:
                    return ReadTrailerSection(rest, ref used, out content);
                default:
                    var part = _state == State.ChunkSize ? ReadChunkSize(rest, out var line) : ReadChunkEnd(rest, out line);
                    used += line;
                    if (part != BodyPart.Data)
                    {
                        return part;
                    }

                    break;
            }
        }
    }

    private void Advance(int length)
    {
        if (_framing == BodyFraming.UntilClose)
        {
            return;
        }

        _remaining -= length;
        if (_remaining == 0)
        {
            _state = _framing == BodyFraming.Chunked ? State.ChunkEnd : State.Done;
        }
    }

    private BodyPart ReadChunkSize(ReadOnlySpan<byte> input, out int used)
    {
        used = 0;
        var stop = FieldSyntax.IndexOfControl(input);
        if (stop < 0)
        {
            return input.Length > HttpLimits.ChunkLineBytes ? BodyPart.Malformed : BodyPart.NeedMore;
        }

        if (stop > HttpLimits.ChunkLineBytes || input[stop] != '\r')
        {
            return BodyPart.Malformed;
        }

        if (stop + 1 == input.Length)
        {
            return BodyPart.NeedMore;
        }

        if (input[stop + 1] != '\n' || !TryReadSize(input[..stop], out _remaining))
        {
            return BodyPart.Malformed;
        }

        used = stop + 2;
        _state = _remaining == 0 ? State.TrailerSection : State.Data;
        return BodyPart.Data;
    }

    private static bool TryReadSize(ReadOnlySpan<byte> line, out long size)
    {
        size = 0;
        var digits = 0;
        while (digits < line.Length && char.IsAsciiHexDigit((char)line[digits]))
        {
            var digit = line[digits];
            size = (size << 4) | (uint)(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
            if (++digits > 15)
            {
                return false;
            }
        }

        // What follows can only be extensions (RFC 9112 section 7.1.1), which we may ignore. Bad whitespace before ";" is refused.
        return digits > 0 && (digits == line.Length || line[digits] == ';');
    }

    private BodyPart ReadChunkEnd(ReadOnlySpan<byte> input, out int used)
    {
        used = 0;
        if (input[0] != '\r' || (input.Length > 1 && input[1] != '\n'))
        {
            return BodyPart.Malformed;
        }

        if (input.Length < 2)
        {
            return BodyPart.NeedMore;
        }

        used = 2;
        _state = State.ChunkSize;
        return BodyPart.Data;
    }

    private BodyPart ReadTrailerSection(ReadOnlySpan<byte> rest, ref int used, out Range content)
    {
        content = default;
        if (rest.StartsWith("\r\n"u8))
        {
            used += 2;
            _state = State.Done;
            return BodyPart.End;
        }

        var end = rest.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return rest.Length > HttpLimits.TrailerBytes ? BodyPart.Malformed : BodyPart.NeedMore;
        }

        if (end + 4 > HttpLimits.TrailerBytes)
        {
            return BodyPart.Malformed;
        }

        content = used..(used + end + 4);
        used += end + 4;
        _state = State.Done;
        return BodyPart.Trailers;
    }
}
