namespace Mizzen.Dns;

/// <summary>Response codes (RFC 1035 section 4.1.1).</summary>
public enum DnsCode
{
    /// <summary>The answer holds what is known.</summary>
    NoError = 0,

    /// <summary>The request cannot be read.</summary>
    FormatError = 1,

    /// <summary>The server could not find out.</summary>
    ServerFailure = 2,

    /// <summary>The name does not exist.</summary>
    NameError = 3,

    /// <summary>The server does not answer such requests.</summary>
    NotImplemented = 4,
}
