namespace Mizzen.Proxy.Http;

/// <summary>The Cookie field (RFC 6265 section 5.4).</summary>
internal static class Cookies
{
    public static bool TryFind(RequestHead request, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        for (var i = request.Find("cookie"u8); i >= 0; i = request.Find("cookie"u8, i + 1))
        {
            var rest = request.ValueOf(i);
            while (!rest.IsEmpty)
            {
                var end = rest.IndexOf((byte)';');
                var pair = (end < 0 ? rest : rest[..end]).Trim((byte)' ');
                rest = end < 0 ? default : rest[(end + 1)..];
                var equals = pair.IndexOf((byte)'=');
                if (equals > 0 && pair[..equals].SequenceEqual(name))
                {
                    value = pair[(equals + 1)..].Trim((byte)'"');
                    return true;
                }
            }
        }

        value = default;
        return false;
    }
}
