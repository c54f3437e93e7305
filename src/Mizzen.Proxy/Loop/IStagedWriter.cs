namespace Mizzen.Proxy.Loop;

/// <summary>What may own the loop's staging buffer for the length of one callback.</summary>
internal interface IStagedWriter
{
    /// <summary>Sends the two spans, in order, and keeps what the peer does not take now.</summary>
    void SendStaged(ReadOnlySpan<byte> staged, ReadOnlySpan<byte> more);
}
