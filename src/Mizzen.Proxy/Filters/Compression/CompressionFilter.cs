using System.IO.Compression;
using System.Text;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Filters.Compression;

/// <summary>Makes responses smaller for clients that can read them so (<c>envoy.filters.http.compressor</c>).</summary>
internal sealed class CompressionFilter : HttpFilter
{
    private readonly CompressionModel _model;
    private readonly CounterKey _compressed;
    private readonly CounterKey _not;

    public CompressionFilter(CompressionModel model, string statPrefix)
    {
        _model = model;
        var name = model.Coding == ContentCoding.Gzip ? "gzip" : "brotli";
        _compressed = CounterKey.Http(statPrefix, $"compressor.{name}.compressed");
        _not = CounterKey.Http(statPrefix, $"compressor.{name}.not_compressed");
    }

    private ReadOnlySpan<byte> Token => _model.Coding == ContentCoding.Gzip ? "gzip"u8 : "br"u8;

    public override FilterVerdict OnRequest(IFilterHost host)
    {
        var request = host.Record.Request;
        host.State = request.TryGet("accept-encoding"u8, out var accepted) && AcceptedCodings.Includes(accepted, Token) ? this : null;
        if (_model.RemovesAcceptEncoding)
        {
            request.Remove("accept-encoding"u8);
        }

        return FilterVerdict.Continue;
    }

    public override void OnResponse(IFilterHost host, ResponseHead head)
    {
        if (!IsWorthIt(host, head))
        {
            return;
        }

        // Whether or not this client takes it: caches must know that others get something else (RFC 9110 section 12.5.5).
        head.Append("vary"u8, "accept-encoding"u8);
        if (host.State is null)
        {
            host.Count(_not);
            return;
        }

        host.Count(_compressed);
        head.Append("content-encoding"u8, Token);
        head.ForgetLength();
        head.Remove("etag"u8);
        host.TransformResponse(new CompressingBody(_model));
    }

    private bool IsWorthIt(IFilterHost host, ResponseHead head) =>
        head.Framing != BodyFraming.None && !host.Record.Request.IsHead && head.Status is not 206
        && head.Find("content-encoding"u8) < 0
        && (head.Framing != BodyFraming.Length || head.ContentLength >= _model.MinLength)
        && !(_model.KeepsTagged && head.Find("etag"u8) >= 0)
        && !(head.TryGet("cache-control"u8, out var cache) && cache.IndexOf("no-transform"u8) >= 0)
        && IsCompressible(head.Get(KnownHeader.ContentType));

    private bool IsCompressible(ReadOnlySpan<byte> type)
    {
        var end = type.IndexOf((byte)';');
        var bare = (end < 0 ? type : type[..end]).Trim((byte)' ');
        for (var i = 0; i < _model.ContentTypes.Count; i++)
        {
            if (Ascii.EqualsIgnoreCase(bare, _model.ContentTypes[i]))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>One response on its way through a compressor.</summary>
internal sealed class CompressingBody : IBodyTransform
{
    private readonly MemoryStream _out = new();
    private readonly Stream _in;

    public CompressingBody(CompressionModel model) => _in = model.Coding == ContentCoding.Gzip
        ? new GZipStream(_out, new ZLibCompressionOptions { CompressionLevel = model.Level }, leaveOpen: true)
        : new BrotliStream(_out, new BrotliCompressionOptions { Quality = model.Level }, leaveOpen: true);

    /// <summary>What arrives goes out at once: a stream of events must not wait in here.</summary>
    public void Write(ReadOnlySpan<byte> data, IBodySink sink)
    {
        _in.Write(data);
        _in.Flush();
        Drain(sink);
    }

    public void End(IBodySink sink, Trailers? trailers)
    {
        _in.Dispose();
        Drain(sink);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _in.Dispose();
        _out.Dispose();
    }

    private void Drain(IBodySink sink)
    {
        sink.Write(_out.GetBuffer().AsSpan(0, (int)_out.Length));
        _out.SetLength(0);
    }
}
