using Mizzen.Proxy.Http;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Http2;

/// <summary>The sending half of a connection: frames of this turn, the connection's window, and streams whose bytes wait.</summary>
internal sealed class FrameSender(Http2Connection connection, ByteTransport transport)
{
    /// <summary>Octets after which a turn's frames leave before its end.</summary>
    private const int FlushBytes = 48 * 1024;

    private readonly HpackEncoder _encoder = new();
    private Http2Stream? _firstBlocked;
    private Http2Stream? _lastBlocked;
    private long _window = 65535;
    private int _mostLength = FrameHeader.DefaultMaxLength;
    private int _lastData = -1;
    private int _lastDataStream;

    public OutputBuffer Output { get; } = new(transport.Loop.Buffers);

    /// <summary>Bytes wait for the peer's window or for the socket.</summary>
    public bool HasBlocked => _firstBlocked is not null;

    public void Take(in PeerSettings settings)
    {
        _encoder.SetPeerLimit(settings.HeaderTableSize);
        _mostLength = Math.Min(settings.MaxFrameLength, FrameHeader.DefaultMaxLength);
    }

    /// <summary>The peer takes more on the connection; false when it is more than allowed.</summary>
    public bool GrowWindow(int increment)
    {
        _window += increment;
        return _window <= int.MaxValue;
    }

    public void SendRequest(Http2Stream stream, RequestHead head, bool isTunnel, bool endOfRequest)
    {
        var start = FrameWriter.BeginHeaders(Output);
        HeadWriter.Request(_encoder, Output, head, isTunnel);
        EndHeaders(start, stream.Id, endOfRequest);
    }

    public void SendResponse(int stream, int status, ResponseHead head, bool endOfResponse)
    {
        var start = FrameWriter.BeginHeaders(Output);
        HeadWriter.Response(_encoder, Output, status, head);
        EndHeaders(start, stream, endOfResponse);
    }

    /// <summary>Sends as much of the data as the windows and the socket take; returns how much that is.</summary>
    public int SendNow(Http2Stream stream, ReadOnlySpan<byte> data)
    {
        var sent = 0;
        while (sent < data.Length && !transport.IsCongested && !connection.IsClosed)
        {
            var length = (int)Math.Min(Math.Min(data.Length - sent, _mostLength), Math.Min(stream.SendWindow, _window));
            if (length <= 0)
            {
                break;
            }

            _lastData = Output.Length;
            _lastDataStream = stream.Id;
            FrameWriter.Data(Output, stream.Id, data.Slice(sent, length), endStream: false);
            connection.OnDataSent();
            stream.UseSendWindow(length);
            _window -= length;
            sent += length;
            FlushIfLarge();
        }

        return sent;
    }

    /// <summary>Ends a stream's half: on its last frame if that is still here, else by a frame of its own.</summary>
    public void SendEnd(Http2Stream stream, Trailers? trailers)
    {
        if (trailers is not null)
        {
            var start = FrameWriter.BeginHeaders(Output);
            HeadWriter.TrailerFields(_encoder, Output, trailers);
            EndHeaders(start, stream.Id, endOfStream: true);
            return;
        }

        if (_lastData >= 0 && _lastDataStream == stream.Id)
        {
            Output.Slice(_lastData, FrameHeader.Size)[4] |= (byte)FrameFlags.EndStream;
        }
        else
        {
            FrameWriter.Data(Output, stream.Id, default, endStream: true);
        }

        connection.Touch();
    }

    public void AddBlocked(Http2Stream stream)
    {
        if (stream.IsBlocked)
        {
            return;
        }

        stream.IsBlocked = true;
        stream.NextBlocked = null;
        stream.PreviousBlocked = _lastBlocked;
        if (_lastBlocked is null)
        {
            _firstBlocked = stream;
        }
        else
        {
            _lastBlocked.NextBlocked = stream;
        }

        _lastBlocked = stream;
    }

    public void RemoveBlocked(Http2Stream stream)
    {
        if (!stream.IsBlocked)
        {
            return;
        }

        stream.IsBlocked = false;
        if (stream.PreviousBlocked is null)
        {
            _firstBlocked = stream.NextBlocked;
        }
        else
        {
            stream.PreviousBlocked.NextBlocked = stream.NextBlocked;
        }

        if (stream.NextBlocked is null)
        {
            _lastBlocked = stream.PreviousBlocked;
        }
        else
        {
            stream.NextBlocked.PreviousBlocked = stream.PreviousBlocked;
        }

        stream.NextBlocked = stream.PreviousBlocked = null;
    }

    /// <summary>Sends what waits, a piece of each stream in turn, as far as the windows and the socket allow.</summary>
    public void SendBlocked()
    {
        var unmoved = 0;
        while (_firstBlocked is { } stream && !transport.IsCongested && !connection.IsClosed && _window > 0)
        {
            RemoveBlocked(stream);
            var moved = stream.SendUnsent();
            if (stream.IsOpen && stream.Unsent > 0)
            {
                AddBlocked(stream);
            }

            if (stream.IsOpen)
            {
                stream.TellDrained();
            }

            unmoved = moved ? 0 : unmoved + 1;
            if (unmoved > connection.ActiveStreams)
            {
                return;
            }
        }
    }

    /// <summary>Hands this turn's frames to the transport.</summary>
    public void Flush()
    {
        if (Output.Length > 0)
        {
            transport.Write(Output.Written);
            Output.Clear();
            _lastData = -1;
        }
    }

    /// <summary>Forgets what was not sent: the connection is gone.</summary>
    public void Drop()
    {
        Output.Clear();
        _lastData = -1;
        _firstBlocked = _lastBlocked = null;
    }

    private void EndHeaders(int start, int stream, bool endOfStream)
    {
        FrameWriter.EndHeaders(Output, start, stream, endOfStream, _mostLength);
        _lastData = -1;
        FlushIfLarge();
    }

    private void FlushIfLarge()
    {
        connection.Touch();
        if (Output.Length >= FlushBytes)
        {
            Flush();
        }
    }
}
