using Mizzen.Proxy.Http;

namespace Mizzen.Proxy.Exchanges;

/// <summary>Reads cookies of requests (RFC 6265 section 4.2).</summary>
internal static class Cookies
{
    /// <summary>The value of a cookie, without quotes around it; false when there is none.</summary>
    public static bool TryFind(RequestHead head, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        for (var i = head.Find("cookie"u8); i >= 0; i = head.Find("cookie"u8, i + 1))
        {
            if (TryFind(head.ValueOf(i), name, out value))
            {
                return true;
            }
        }

        value = default;
        return false;
    }

    private static bool TryFind(ReadOnlySpan<byte> field, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        while (!field.IsEmpty)
        {
            var end = field.IndexOf((byte)';');
            var pair = (end < 0 ? field : field[..end]).Trim((byte)' ');
            field = end < 0 ? default : field[(end + 1)..];
            if (pair.Length > name.Length && pair[name.Length] == '=' && pair.StartsWith(name))
            {
                value = pair[(name.Length + 1)..].Trim((byte)'"');
                return true;
            }
        }

        value = default;
        return false;
    }
}
