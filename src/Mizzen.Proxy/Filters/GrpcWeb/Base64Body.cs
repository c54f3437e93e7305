using System.Buffers;
using System.Buffers.Text;
using Mizzen.Proxy.Http;

namespace Mizzen.Proxy.Filters.GrpcWeb;

/// <summary>A request in base64, of one or several padded pieces, as bytes.</summary>
internal sealed class Base64Body(IFilterHost host) : IBodyTransform
{
    private const int Quantum = 4;
    private const int Piece = 4096;

    private readonly byte[] _rest = new byte[Quantum];
    private int _restLength;
    private bool _isBroken;

    public void Write(ReadOnlySpan<byte> data, IBodySink sink)
    {
        while (_restLength > 0 && !data.IsEmpty && !_isBroken)
        {
            _rest[_restLength++] = data[0];
            data = data[1..];
            if (_restLength == Quantum)
            {
                _restLength = 0;
                Decode(_rest, sink);
            }
        }

        var whole = data.Length / Quantum * Quantum;
        for (var at = 0; at < whole && !_isBroken; at += Piece)
        {
            Pieces(data[at..Math.Min(whole, at + Piece)], sink);
        }

        data[whole..].CopyTo(_rest.AsSpan(_restLength));
        _restLength += data.Length - whole;
    }

    public void End(IBodySink sink, Trailers? trailers)
    {
        if (_restLength > 0 && !_isBroken)
        {
            Refuse();
        }
    }

    public void Dispose()
    {
    }

    // Behind padding the next piece begins.
    private void Pieces(ReadOnlySpan<byte> data, IBodySink sink)
    {
        while (!data.IsEmpty && !_isBroken)
        {
            var padding = data.IndexOf((byte)'=');
            var end = padding < 0 ? data.Length : ((padding / Quantum) + 1) * Quantum;
            Decode(data[..end], sink);
            data = data[end..];
        }
    }

    private void Decode(ReadOnlySpan<byte> data, IBodySink sink)
    {
        Span<byte> bytes = stackalloc byte[Piece / Quantum * 3];
        if (Base64.DecodeFromUtf8(data, bytes, out _, out var written) == OperationStatus.Done)
        {
            sink.Write(bytes[..written]);
        }
        else
        {
            Refuse();
        }
    }

    private void Refuse()
    {
        _isBroken = true;
        host.RefuseBody("Bad gRPC-web request, invalid base64 data."u8, "grpc_base_64_decode_failed");
    }
}
