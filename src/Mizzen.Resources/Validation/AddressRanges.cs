using System.Globalization;
using System.Net;

namespace Mizzen.Resources.Validation;

/// <summary>Addresses and ranges of them (CIDR).</summary>
internal static class AddressRanges
{
    public static bool IsAddress(string text) => IPAddress.TryParse(text, out _);

    /// <summary>An address, or a range that may have bits behind its prefix, as Istio allows it.</summary>
    public static bool IsRange(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
        {
            return IsAddress(text);
        }

        return IPAddress.TryParse(text.AsSpan(0, slash), out var address)
            && int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            && length <= address.GetAddressBytes().Length * 8;
    }
}
