using Mizzen.Proxy.Http;

namespace Mizzen.Proxy.Listeners;

/// <summary>What the first bytes of a connection look like.</summary>
internal enum Detected
{
    /// <summary>More bytes are needed.</summary>
    Undecided,

    /// <summary>A request of HTTP/1.</summary>
    Http1,

    /// <summary>The preface of HTTP/2.</summary>
    Http2,

    Other,
}

/// <summary>Tells HTTP from everything else by a connection's first line. Pure.</summary>
internal static class HttpDetection
{
    private const int LongestMethod = 32;

    public static Detected Look(ReadOnlySpan<byte> bytes)
    {
        var space = bytes.IndexOf((byte)' ');
        if (space < 0)
        {
            return bytes.Length <= LongestMethod && (bytes.IsEmpty || FieldSyntax.IsToken(bytes)) ? Detected.Undecided : Detected.Other;
        }

        if (space > LongestMethod || !FieldSyntax.IsToken(bytes[..space]))
        {
            return Detected.Other;
        }

        var stop = FieldSyntax.IndexOfControl(bytes);
        if (stop < 0)
        {
            // A target longer than any that we accept: the HTTP side answers it best.
            return bytes.Length > HttpLimits.RequestLineBytes ? Detected.Http1 : Detected.Undecided;
        }

        var line = bytes[..stop];
        var version = line[(line.LastIndexOf((byte)' ') + 1)..];
        if (line.SequenceEqual("PRI * HTTP/2.0"u8))
        {
            return Detected.Http2;
        }

        return bytes[stop] is (byte)'\r' or (byte)'\n' && version.StartsWith("HTTP/1."u8) ? Detected.Http1 : Detected.Other;
    }
}
