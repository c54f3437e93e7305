using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Http2;

/// <summary>
/// Notices peers that keep us busy with frames that carry nothing. Every method returns false when it is enough; then the connection ends
/// with ENHANCE_YOUR_CALM (RFC 9113 section 10.5). The limits are Envoy's where Envoy has one.
/// </summary>
internal sealed class FloodGuard(Http2Model limits, Http2Counters counters)
{
    /// <summary>SETTINGS and PING frames in a burst, and a second from then on.</summary>
    private const int ControlBurst = 1000;
    private const int ControlPerSecond = 100;

    /// <summary>Streams after which we judge how many were opened only to be reset, and what counts as that, in milliseconds (Envoy).</summary>
    private const int JudgedStreams = 500;
    private const int PrematureMilliseconds = 1000;

    private int _empty;
    private long _priorities;
    private long _windowUpdates;
    private long _dataSent;
    private long _streams;
    private long _premature;
    private long _unread;
    private double _control = ControlBurst;
    private long _controlAt;

    /// <summary>A stream was opened.</summary>
    public void OnStream() => _streams++;

    public void OnDataSent() => _dataSent++;

    /// <summary>DATA, HEADERS or CONTINUATION: without payload and without end they are nothing.</summary>
    public bool OnPayload(bool isEmpty)
    {
        if (!isEmpty)
        {
            _empty = 0;
            return true;
        }

        return ++_empty <= limits.MaxConsecutiveEmptyFrames || Flood(Http2Counter.InboundEmptyFramesFlood);
    }

    public bool OnPriority() =>
        ++_priorities <= limits.MaxPriorityFramesPerStream * (1 + _streams) || Flood(Http2Counter.InboundPriorityFramesFlood);

    public bool OnWindowUpdate() =>
        ++_windowUpdates <= 5 + (2 * (_streams + (limits.MaxWindowUpdatesPerDataFrame * _dataSent))) || Flood(Http2Counter.InboundWindowUpdateFramesFlood);

    /// <summary>SETTINGS or PING; <paramref name="now"/> is loop time.</summary>
    public bool OnControl(long now)
    {
        _control = Math.Min(ControlBurst, _control + ((now - _controlAt) * ControlPerSecond / 1000.0));
        _controlAt = now;
        return --_control >= 0 || Flood(Http2Counter.InboundControlFramesFlood);
    }

    /// <summary>A frame of our own was made; <paramref name="isUnread"/>: the peer has not taken the ones before.</summary>
    public bool OnAnswer(bool isUnread)
    {
        _unread = isUnread ? _unread + 1 : 0;
        return _unread <= limits.MaxOutboundControlFrames || Flood(Http2Counter.OutboundControlFlood);
    }

    /// <summary>A stream ended by a reset that the peer sent or provoked; <paramref name="age"/> in milliseconds.</summary>
    public bool OnReset(long age)
    {
        _premature += age < PrematureMilliseconds ? 1 : 0;
        return _streams < JudgedStreams || _premature * 2 <= _streams || Flood(Http2Counter.PrematureResetsFlood);
    }

    private bool Flood(Http2Counter counter)
    {
        counters.Add(counter);
        return false;
    }
}
