using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Upstream;

/// <summary>Who a client is and where it connected to, for clusters that want to be told (PROXY protocol).</summary>
internal readonly record struct ClientAddresses(NetAddress Source, NetAddress Destination)
{
    /// <summary>Nobody: the connection is our own.</summary>
    public bool IsNone => Source.IsNone || Destination.IsNone;

    /// <summary>The header that tells of them.</summary>
    public byte[] Header(int version)
    {
        if (IsNone)
        {
            return ProxyHeader.Own(version).ToArray();
        }

        Span<byte> header = stackalloc byte[ProxyHeader.LongestText];
        return header[..ProxyHeader.Write(version, Source, Destination, header)].ToArray();
    }
}
