using System.Text;

using Mizzen.Proxy.Admin;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Listeners;

/// <summary>Serves an <see cref="IAdminHandler"/> on a listening socket of one loop.</summary>
internal sealed class AdminListener
{
    private readonly HttpScratch _scratch;
    private readonly EventLoop _loop;
    private readonly IAdminHandler _handler;
    private readonly Acceptor _acceptor;

    public AdminListener(EventLoop loop, HttpScratch scratch, int descriptor, IAdminHandler handler)
    {
        _loop = loop;
        _scratch = scratch;
        _handler = handler;
        _acceptor = new Acceptor(loop, descriptor, OnAccepted, static () => false);
    }

    /// <summary>The socket; below 0 when it listens no more.</summary>
    public int Socket => _acceptor.Socket;

    public void Close() => _acceptor.Close();

    private void OnAccepted(int descriptor, NetAddress remote) =>
        _ = new Http1ServerConnection(SocketTransport.Adopt(_loop, descriptor, remote), _scratch, new Connection(this));

    private void Answer(ServerStream stream, RequestHead request)
    {
        var response = _handler.Answer(Encoding.ASCII.GetString(request.Method), Encoding.ASCII.GetString(request.Path));
        var head = _scratch.LocalReply;
        var framing = response.Body.Length > 0 ? BodyFraming.Length : BodyFraming.None;
        head.Compose(_loop.Buffers, response.Status, framing, response.Body.Length);
        if (response.Body.Length > 0)
        {
            head.Append("content-type"u8, Encoding.ASCII.GetBytes(response.ContentType));
        }

        head.Append("cache-control"u8, "no-cache, max-age=0"u8);
        stream.WriteHead(head, endOfResponse: false, local: true);
        head.Clear();
        stream.WriteData(response.Body);
        stream.WriteEnd(null);
    }

    private sealed class Connection(AdminListener listener) : IServerConnectionOwner
    {
        public bool IsDraining => false;

        public long IdleTimeout => 60_000;

        public void OnRequest(ServerStream stream, ref RequestHead head, bool endOfRequest)
        {
            listener.Answer(stream, head);
            head.Clear();
        }

        public void OnRefused(int status, string details)
        {
        }

        public ITransportHandler? OnHttp2Preface() => null;

        public void OnConnectionClosed()
        {
        }
    }
}
