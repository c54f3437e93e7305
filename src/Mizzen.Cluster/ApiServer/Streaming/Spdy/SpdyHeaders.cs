using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Mizzen.Cluster.ApiServer.Streaming.Spdy;

/// <summary>
/// The headers of a SPDY/3.1 session (section 2.6.10): one compressed stream for each direction, which begins with a dictionary that both
/// sides know.
/// </summary>
internal sealed class SpdyHeaders : IDisposable
{
    // The zlib header and the checksum of the dictionary (RFC 1950): what comes after them is plain deflate.
    private const int ZlibHeader = 2 + 4;
    private const int MostHeaders = 64;
    private const int LongestBlock = 64 * 1024;

    private static readonly byte[] Dictionary = DictionaryOf(
        [
            "options", "head", "post", "put", "delete", "trace", "accept", "accept-charset", "accept-encoding", "accept-language", "accept-ranges",
            "age", "allow", "authorization", "cache-control", "connection", "content-base", "content-encoding", "content-language",
            "content-length", "content-location", "content-md5", "content-range", "content-type", "date", "etag", "expect", "expires", "from",
            "host", "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "last-modified", "location",
            "max-forwards", "pragma", "proxy-authenticate", "proxy-authorization", "range", "referer", "retry-after", "server", "te", "trailer",
            "transfer-encoding", "upgrade", "user-agent", "vary", "via", "warning", "www-authenticate", "method", "get", "status", "200 OK",
            "version", "HTTP/1.1", "url", "public", "set-cookie", "keep-alive", "origin",
        ],
        "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative Information"
        + "204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error"
        + "501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT"
        + "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,public"
        + "privatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.");

    private readonly MemoryStream _compressed = new();
    private readonly DeflateStream _inflate;
    private bool _received;
    private bool _sent;

    public SpdyHeaders()
    {
        // The runtime's inflater takes no dictionary; text that is not compressed, put before the stream, does the same.
        _inflate = new DeflateStream(_compressed, CompressionMode.Decompress);
        Feed(Stored(Dictionary));
        Drain(new byte[Dictionary.Length]);
    }

    /// <summary>Reads a block of headers. Blocks must be read in the order in which they came.</summary>
    /// <exception cref="InvalidDataException">It is no block of headers.</exception>
    public Dictionary<string, string> Read(ReadOnlySpan<byte> block)
    {
        Feed(_received ? block : block.Length > ZlibHeader ? block[ZlibHeader..] : throw new InvalidDataException("a block of headers is too short"));
        _received = true;
        var text = new byte[LongestBlock];
        return Parse(text.AsSpan(0, Drain(text)));
    }

    /// <summary>A block without headers, in a stream that never compresses.</summary>
    public byte[] Empty()
    {
        byte[] block = [.. _sent ? [] : (ReadOnlySpan<byte>)[0x78, 0x01], .. Stored(new byte[sizeof(int)]), .. Stored([])];
        _sent = true;
        return block;
    }

    public void Dispose() => _inflate.Dispose();

    private void Feed(ReadOnlySpan<byte> data)
    {
        _compressed.SetLength(0);
        _compressed.Write(data);
        _compressed.Position = 0;
    }

    private int Drain(Span<byte> text)
    {
        var length = 0;
        int read;
        while (length < text.Length && (read = _inflate.Read(text[length..])) > 0)
        {
            length += read;
        }

        return length;
    }

    private static Dictionary<string, string> Parse(ReadOnlySpan<byte> text)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var count = TakeNumber(ref text);
        for (var i = 0; i < Math.Min(count, MostHeaders); i++)
        {
            var name = TakeText(ref text);
            headers[name] = TakeText(ref text);
        }

        return headers;
    }

    private static int TakeNumber(ref ReadOnlySpan<byte> text)
    {
        if (text.Length < sizeof(int))
        {
            throw new InvalidDataException("a block of headers ends too early");
        }

        var number = BinaryPrimitives.ReadInt32BigEndian(text);
        text = text[sizeof(int)..];
        return number;
    }

    private static string TakeText(ref ReadOnlySpan<byte> text)
    {
        var length = TakeNumber(ref text);
        if (length < 0 || length > text.Length)
        {
            throw new InvalidDataException("a header is longer than its block");
        }

        var taken = Encoding.UTF8.GetString(text[..length]);
        text = text[length..];
        return taken;
    }

    // RFC 1951, section 3.2.4: a block of deflate that is not compressed, and not the last.
    private static byte[] Stored(ReadOnlySpan<byte> data)
    {
        var block = new byte[5 + data.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(1), (ushort)data.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(3), (ushort)~data.Length);
        data.CopyTo(block.AsSpan(5));
        return block;
    }

    private static byte[] DictionaryOf(string[] words, string rest)
    {
        using var dictionary = new MemoryStream();
        foreach (var word in words)
        {
            dictionary.Write([0, 0, 0, (byte)word.Length]);
            dictionary.Write(Encoding.ASCII.GetBytes(word));
        }

        dictionary.Write(Encoding.ASCII.GetBytes(rest));
        return dictionary.ToArray();
    }
}
