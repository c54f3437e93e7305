using Mizzen.Proxy.Filters;
using Mizzen.Proxy.Http;

namespace Mizzen.Proxy.Exchanges;

/// <summary>What filters keep about one request, and what its response's body goes through. Costs nothing while nobody uses it.</summary>
internal sealed class FilterStates : IBodySink
{
    private readonly List<IBodyTransform> _transforms = [];
    private object?[] _states = [];
    private ServerStream? _stream;
    private int _stage;

    /// <summary>Bytes that went to the client.</summary>
    public long Sent { get; private set; }

    public object? Get(int filter) => filter < _states.Length ? _states[filter] : null;

    public void Set(int filter, object? state)
    {
        if (filter >= _states.Length)
        {
            if (state is null)
            {
                return;
            }

            Array.Resize(ref _states, filter + 4);
        }

        _states[filter] = state;
    }

    /// <summary>A transform behind those that are there already.</summary>
    public void Add(IBodyTransform transform) => _transforms.Add(transform);

    /// <summary>A part of the response's body.</summary>
    public void Write(ServerStream stream, ReadOnlySpan<byte> data)
    {
        _stream = stream;
        _stage = 0;
        ((IBodySink)this).Write(data);
    }

    /// <summary>The response's body is complete. Returns the trailers that go to the client.</summary>
    public Trailers? End(ServerStream stream, Trailers? trailers)
    {
        _stream = stream;
        for (var i = 0; i < _transforms.Count; i++)
        {
            _stage = i + 1;
            _transforms[i].End(this, trailers);
            trailers = _transforms[i].TakesTrailers ? null : trailers;
        }

        return trailers;
    }

    public void Clear()
    {
        Sent = 0;
        _stream = null;
        for (var i = 0; i < _transforms.Count; i++)
        {
            _transforms[i].Dispose();
        }

        _transforms.Clear();
        Array.Clear(_states);
    }

    void IBodySink.Write(ReadOnlySpan<byte> data)
    {
        if (_stage == _transforms.Count)
        {
            Sent += data.Length;
            _stream!.WriteData(data);
            return;
        }

        var stage = _stage++;
        _transforms[stage].Write(data, this);
        _stage = stage;
    }
}
