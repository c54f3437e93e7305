using Mizzen.Proxy.Http;

namespace Mizzen.Proxy.Filters.GrpcWeb;

/// <summary>Drops a body.</summary>
internal sealed class NoBody : IBodyTransform
{
    public bool TakesTrailers => true;

    public void Write(ReadOnlySpan<byte> data, IBodySink sink)
    {
    }

    public void End(IBodySink sink, Trailers? trailers)
    {
    }

    public void Dispose()
    {
    }
}
