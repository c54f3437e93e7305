using System.Text;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Http2;
using Mizzen.Proxy.Logging;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Fuzz.Targets;

/// <summary>
/// A client's bytes on an HTTP/2 connection, behind preface and settings: the same requests come out however the bytes are cut, each of them
/// one that HTTP/1.1 reads in the same way, and no buffer is lost.
/// </summary>
internal sealed class FramesTarget : FuzzTarget, IDisposable
{
    private static readonly byte[] Start = [.. Http2ServerConnection.Preface, 0, 0, 0, 4, 0, 0, 0, 0, 0];

    public override string Name => "frames";

    // A loop that does not run keeps every connection that wanted to be called later.
    private const int RunsPerLoop = 256;

    private EventLoop? _loop;
    private int _runs;

    public override void Run(byte[] input)
    {
        if (_runs++ % RunsPerLoop == 0)
        {
            _loop?.Dispose();
            _loop = new EventLoop(0, TimeProvider.System, LogOutput.Silent.For("fuzz"));
        }

        byte[] bytes = [.. Start, .. input];
        var whole = Serve(_loop!, bytes, bytes.Length);
        var pieces = Serve(_loop!, bytes, 7);
        Require(whole.SequenceEqual(pieces), $"cuts make no difference:\n{string.Join('\n', whole)}\n---\n{string.Join('\n', pieces)}");
    }

    public void Dispose() => _loop?.Dispose();

    private static List<string> Serve(EventLoop loop, byte[] bytes, int cut)
    {
        var scratch = new HttpScratch();
        var transport = new MemoryTransport(loop);
        var owner = new Owner(loop);
        var services = new Http2Services(loop, scratch, static (_, _) => { });
        var connection = new Http2ServerConnection(transport, services, Http2Model.Default, owner);
        var pending = new List<byte>();
        foreach (var piece in bytes.Chunk(cut))
        {
            pending.AddRange(piece);
            byte[] shown = [.. pending];
            var used = transport.IsClosed ? shown.Length : connection.OnData(shown, 0, shown.Length);
            pending.RemoveRange(0, used);
            connection.OnDeferred();
        }

        connection.Abort();
        connection.OnDeferred();
        Require(loop.Buffers.Rented == 0, $"{loop.Buffers.Rented} buffers are lost");
        return owner.Seen;
    }

    /// <summary>Writes down what comes, answers when a request is complete.</summary>
    private sealed class Owner(EventLoop loop) : IServerConnectionOwner
    {
        public List<string> Seen { get; } = [];

        public bool IsDraining => false;

        public long IdleTimeout => 0;

        public void OnRequest(ServerStream stream, ref RequestHead head, bool endOfRequest)
        {
            Seen.Add($"{Latin(head.Method)} {Latin(head.Path)} {Latin(head.Authority)} {head.Framing} {endOfRequest}");
            RequestHeadTarget.RequireSameInHttp1(loop.Buffers, head);
            head.Clear();
            var handler = new Handler(this, stream, Seen.Count);
            stream.Handler = handler;
            if (endOfRequest)
            {
                handler.OnRequestEnd(null);
            }
        }

        public void OnRefused(int status, string details) => Seen.Add($"refused {status}");

        public ITransportHandler? OnHttp2Preface() => null;

        public void OnConnectionClosed() => Seen.Add("closed");

        public void Answer(ServerStream stream)
        {
            stream.Handler = null;
            var reply = new ResponseHead();
            reply.Compose(loop.Buffers, 200, BodyFraming.Length, 2);
            stream.WriteHead(reply, endOfResponse: false);
            reply.Clear();
            stream.WriteData("ok"u8);
            stream.WriteEnd(null);
        }

        private static string Latin(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
    }

    private sealed class Handler(Owner owner, ServerStream stream, int number) : IRequestHandler
    {
        private long _length;

        public void OnRequestData(ReadOnlySpan<byte> data) => _length += data.Length;

        public void OnRequestEnd(Trailers? trailers)
        {
            owner.Seen.Add($"{number} ends behind {_length}, trailers {trailers?.FieldCount ?? 0}");
            owner.Answer(stream);
        }

        public void OnResponseCongested()
        {
        }

        public void OnResponseDrained()
        {
        }

        public void OnClientGone() => owner.Seen.Add($"{number} gone");

        public void OnRequestMalformed() => owner.Seen.Add($"{number} malformed");
    }
}
