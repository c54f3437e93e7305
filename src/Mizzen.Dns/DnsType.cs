namespace Mizzen.Dns;

/// <summary>The record types that are answered for.</summary>
public enum DnsType : ushort
{
    /// <summary>An IPv4 address.</summary>
    A = 1,

    /// <summary>Another name.</summary>
    Cname = 5,

    /// <summary>The name of an address.</summary>
    Ptr = 12,

    /// <summary>An IPv6 address (RFC 3596).</summary>
    Aaaa = 28,

    /// <summary>Host and port of a service (RFC 2782).</summary>
    Srv = 33,

    /// <summary>Whatever there is.</summary>
    Any = 255,
}
