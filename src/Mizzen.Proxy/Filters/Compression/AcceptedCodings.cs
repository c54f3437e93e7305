using System.Buffers.Text;
using System.Text;
using Mizzen.Proxy.Http;

namespace Mizzen.Proxy.Filters.Compression;

/// <summary>The Accept-Encoding field (RFC 9110 section 12.5.3). Pure.</summary>
internal static class AcceptedCodings
{
    /// <summary>The coding is named, or meant by a star, and not with weight 0.</summary>
    public static bool Includes(ReadOnlySpan<byte> field, ReadOnlySpan<byte> coding)
    {
        bool? named = null;
        var any = false;
        while (FieldSyntax.NextElement(ref field, out var element))
        {
            var end = element.IndexOf((byte)';');
            var name = FieldSyntax.Trim(end < 0 ? element : element[..end]);
            var wanted = end < 0 || Weight(element[(end + 1)..]) > 0;
            if (Ascii.EqualsIgnoreCase(name, coding))
            {
                named = wanted;
            }
            else if (name.SequenceEqual("*"u8))
            {
                any = wanted;
            }
        }

        return named ?? any;
    }

    private static double Weight(ReadOnlySpan<byte> parameter)
    {
        var trimmed = FieldSyntax.Trim(parameter);
        return trimmed.StartsWith("q="u8) && Utf8Parser.TryParse(trimmed[2..], out double weight, out _) ? weight : 1;
    }
}
