namespace Mizzen.Proxy.Http;

/// <summary>The pool to which a connection belongs.</summary>
internal interface IClientConnectionOwner
{
    void OnConnected(Http1ClientConnection connection);

    /// <summary>The exchange is over and the connection can take another.</summary>
    void OnReusable(Http1ClientConnection connection);

    /// <summary>The connection is gone; <paramref name="fault"/> says why if it never stood.</summary>
    void OnGone(Http1ClientConnection connection, UpstreamFault fault);
}
