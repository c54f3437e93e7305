using Envoy.Extensions.Compression.Brotli.Compressor.V3;
using Envoy.Extensions.Compression.Gzip.Compressor.V3;
using Envoy.Extensions.Filters.Http.Compressor.V3;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Configuration.HttpFilters;

/// <summary>Compressor messages; requests are not compressed.</summary>
internal static class CompressionCompiler
{
    private static readonly string[] DefaultTypes =
    [
        "application/javascript", "application/json", "application/xhtml+xml", "image/svg+xml", "text/css", "text/html", "text/plain", "text/xml",
    ];

    public static FilterKind Kind { get; } = new FilterKind<Compressor, CompressorPerRoute>
    {
        Name = "envoy.filters.http.compressor",
        Listener = Compile,
        Route = static (message, _) => new FilterOverride(null, IsDisabled: message.Disabled),
    };

    private static CompressionModel? Compile(Compressor message, Problems problems)
    {
        if (message.RequestDirectionConfig?.CommonConfig?.Enabled?.DefaultValue == true)
        {
            problems.Add("request_direction_config: requests are not compressed: leave it out");
        }

        var common = message.ResponseDirectionConfig?.CommonConfig;
        var types = common is { ContentType.Count: > 0 } ? common.ContentType.AsEnumerable() : DefaultTypes;
        return Library(message, problems) is { } library
            ? library with
            {
                MinLength = common?.MinContentLength ?? 30,
                ContentTypes = [.. types.Select(type => Values.Utf8(type.ToLowerInvariant()))],
                KeepsTagged = message.ResponseDirectionConfig?.DisableOnEtagHeader ?? false,
                RemovesAcceptEncoding = message.ResponseDirectionConfig?.RemoveAcceptEncodingHeader ?? false,
            }
            : null;
    }

    private static CompressionModel? Library(Compressor message, Problems problems)
    {
        using var scope = problems.At("compressor_library");
        var library = message.CompressorLibrary?.TypedConfig;
        if (library?.Is(Gzip.Descriptor) == true)
        {
            return Values.Unpack<Gzip>(library, "gzip", problems) is { } gzip
                ? new CompressionModel { Coding = ContentCoding.Gzip, Level = gzip.CompressionLevel == 0 ? 6 : (int)gzip.CompressionLevel }
                : null;
        }

        if (library?.Is(Brotli.Descriptor) == true)
        {
            return Values.Unpack<Brotli>(library, "brotli", problems) is { } brotli
                ? new CompressionModel { Coding = ContentCoding.Brotli, Level = (int)Math.Min(11, brotli.Quality ?? 3) }
                : null;
        }

        problems.Add("this proxy has gzip and brotli only");
        return null;
    }
}
