namespace Mizzen.Proxy.Transport;

/// <summary>The owner of a transport. All calls come on the loop's thread, never from inside a call that the owner makes.</summary>
internal interface ITransportHandler
{
    /// <summary>An outgoing connection stands.</summary>
    void OnConnected();

    /// <summary>
    /// Bytes have arrived. Returns how many were used; the rest is kept and shown again, together with what follows, when more arrives
    /// or reading is resumed. The bytes are valid during the call only.
    /// </summary>
    int OnData(byte[] buffer, int offset, int count);

    /// <summary>The peer will send no more. Sending is still possible.</summary>
    void OnEndOfStream();

    /// <summary>Unsent bytes have passed the high watermark: stop producing.</summary>
    void OnCongested();

    /// <summary>After <see cref="OnCongested"/>: unsent bytes have fallen below the low watermark.</summary>
    void OnDrained();

    /// <summary>The connection is gone. The last call; not made when the owner closed.</summary>
    void OnClosed(TransportFault fault);
}
