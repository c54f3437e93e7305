using System.Text;

using Mizzen.Proxy.Http;

namespace Mizzen.Proxy.Http2;

/// <summary>The 61 fields that every HPACK endpoint knows (RFC 7541 appendix A).</summary>
internal static class HpackStaticTable
{
    public const int Count = 61;

    private const int Slots = 256;

    private static readonly (byte[] Name, byte[] Value)[] Entries =
    [
        .. new[]
        {
            (":authority", ""), (":method", "GET"), (":method", "POST"), (":path", "/"), (":path", "/index.html"), (":scheme", "http"),
            (":scheme", "https"), (":status", "200"), (":status", "204"), (":status", "206"), (":status", "304"), (":status", "400"),
            (":status", "404"), (":status", "500"), ("accept-charset", ""), ("accept-encoding", "gzip, deflate"), ("accept-language", ""),
            ("accept-ranges", ""), ("accept", ""), ("access-control-allow-origin", ""), ("age", ""), ("allow", ""), ("authorization", ""),
            ("cache-control", ""), ("content-disposition", ""), ("content-encoding", ""), ("content-language", ""), ("content-length", ""),
            ("content-location", ""), ("content-range", ""), ("content-type", ""), ("cookie", ""), ("date", ""), ("etag", ""), ("expect", ""),
            ("expires", ""), ("from", ""), ("host", ""), ("if-match", ""), ("if-modified-since", ""), ("if-none-match", ""), ("if-range", ""),
            ("if-unmodified-since", ""), ("last-modified", ""), ("link", ""), ("location", ""), ("max-forwards", ""), ("proxy-authenticate", ""),
            ("proxy-authorization", ""), ("range", ""), ("referer", ""), ("refresh", ""), ("retry-after", ""), ("server", ""), ("set-cookie", ""),
            ("strict-transport-security", ""), ("transfer-encoding", ""), ("user-agent", ""), ("vary", ""), ("via", ""), ("www-authenticate", ""),
        }.Select(entry => (Encoding.ASCII.GetBytes(entry.Item1), Encoding.ASCII.GetBytes(entry.Item2))),
    ];

    private static readonly KnownHeader[] Known = [.. Entries.Select(entry => KnownHeaders.Find(entry.Name))];

    /// <summary>The first index of each name, by a hash of it; 0 for none.</summary>
    private static readonly byte[] ByName = BuildByName();

    /// <param name="index">From 1 to <see cref="Count"/>.</param>
    public static ReadOnlySpan<byte> NameOf(int index) => Entries[index - 1].Name;

    /// <inheritdoc cref="NameOf"/>
    public static ReadOnlySpan<byte> ValueOf(int index) => Entries[index - 1].Value;

    /// <inheritdoc cref="NameOf"/>
    public static KnownHeader KnownOf(int index) => Known[index - 1];

    /// <summary>The first index of a name in lower case; 0 for none.</summary>
    public static int Find(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty)
        {
            return 0;
        }

        for (var slot = SlotOf(name); ByName[slot] != 0; slot = (slot + 1) % Slots)
        {
            if (NameOf(ByName[slot]).SequenceEqual(name))
            {
                return ByName[slot];
            }
        }

        return 0;
    }

    private static int SlotOf(ReadOnlySpan<byte> name) => ((name.Length * 67) ^ (name[0] * 5) ^ (name[^1] * 29) ^ (name[name.Length / 2] * 11)) % Slots;

    private static byte[] BuildByName()
    {
        var slots = new byte[Slots];
        for (var i = 1; i <= Count; i++)
        {
            var slot = SlotOf(NameOf(i));
            while (slots[slot] != 0 && !NameOf(slots[slot]).SequenceEqual(NameOf(i)))
            {
                slot = (slot + 1) % Slots;
            }

            slots[slot] = slots[slot] == 0 ? (byte)i : slots[slot];
        }

        return slots;
    }
}
