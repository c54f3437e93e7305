using Mizzen.Proxy.Http;

namespace Mizzen.Proxy.Http2;

/// <summary>The pool to which an upstream connection belongs.</summary>
internal interface IHttp2ConnectionOwner
{
    void OnConnected(Http2ClientConnection connection);

    /// <summary>The connection may take a stream more than before.</summary>
    void OnCapacity(Http2ClientConnection connection);

    /// <summary>The connection takes no more streams; those that it has go on.</summary>
    void OnRetired(Http2ClientConnection connection);

    /// <summary>The connection is gone; <paramref name="fault"/> says why if it never stood.</summary>
    void OnGone(Http2ClientConnection connection, UpstreamFault fault);
}
