namespace Mizzen.Proxy.Tcp;

/// <summary>Bytes on their way between a client and a server, both ways.</summary>
internal interface IRelay
{
    /// <summary>Bytes from the client.</summary>
    long ClientBytes { get; }

    /// <summary>Bytes from the server.</summary>
    long ServerBytes { get; }

    /// <summary>Starts, with bytes of the client that were read already to see what they are.</summary>
    void Start(ReadOnlySpan<byte> unread);

    /// <summary>Ends both sides.</summary>
    void End();
}
