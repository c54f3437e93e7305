using System.Text;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Routing;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Filters.Jwt;

/// <summary>Finds tokens in requests.</summary>
internal static class TokenPlaces
{
    /// <summary>The provider's next token, and in which header field it stands (-1 for parameters and cookies); false when there is none left.</summary>
    /// <param name="provider">The provider.</param>
    /// <param name="request">The request.</param>
    /// <param name="place">Where to go on looking; 0 at first.</param>
    /// <param name="token">The token.</param>
    /// <param name="field">The field.</param>
    public static bool TryNext(JwtProviderModel provider, RequestHead request, ref int place, out ReadOnlySpan<byte> token, out int field)
    {
        field = -1;
        while (place < provider.FromHeaders.Count)
        {
            var header = provider.FromHeaders[place++];
            field = request.Find(header.Name);
            if (field >= 0 && TryStrip(request.ValueOf(field), header.Prefix, out token))
            {
                return true;
            }
        }

        field = -1;
        while (place < provider.FromHeaders.Count + provider.FromParameters.Count)
        {
            var parameter = provider.FromParameters[place++ - provider.FromHeaders.Count];
            if (QueryMatcher.TryFind(request.Path, parameter, out token) && !token.IsEmpty)
            {
                return true;
            }
        }

        while (place < provider.FromHeaders.Count + provider.FromParameters.Count + provider.FromCookies.Count)
        {
            var cookie = provider.FromCookies[place++ - provider.FromHeaders.Count - provider.FromParameters.Count];
            if (Cookies.TryFind(request, cookie, out token) && !token.IsEmpty)
            {
                return true;
            }
        }

        token = default;
        return false;
    }

    /// <summary>What stands behind the prefix, up to whatever cannot be part of a token.</summary>
    private static bool TryStrip(ReadOnlySpan<byte> value, ReadOnlySpan<byte> prefix, out ReadOnlySpan<byte> token)
    {
        token = default;
        if (value.Length < prefix.Length || !Ascii.EqualsIgnoreCase(value[..prefix.Length], prefix))
        {
            return false;
        }

        token = value[prefix.Length..].Trim((byte)' ');
        var end = 0;
        while (end < token.Length && (char.IsAsciiLetterOrDigit((char)token[end]) || token[end] is (byte)'-' or (byte)'_' or (byte)'.' or (byte)'='))
        {
            end++;
        }

        token = token[..end];
        return true;
    }
}
