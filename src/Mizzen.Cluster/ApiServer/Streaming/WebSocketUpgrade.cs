using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebSockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Mizzen.Cluster.ApiServer.Streaming;

/// <summary>Turns a request into a WebSocket (RFC 6455) of a subprotocol that both sides know.</summary>
internal static class WebSocketUpgrade
{
    private const string HowTo =
        "exec, attach and port-forward are served over WebSocket: use kubectl 1.31 or newer, or set KUBECTL_REMOTE_COMMAND_WEBSOCKETS=true (1.29 and 1.30)";

    /// <summary>What clients mean that name no subprotocol.</summary>
    public const string Unnamed = "";

    private static readonly WebSocketMiddleware Middleware = new(
        static _ => Task.CompletedTask, Options.Create(new WebSocketOptions { KeepAliveInterval = TimeSpan.FromSeconds(30) }), NullLoggerFactory.Instance);

    /// <summary>The first of the client's subprotocols that is known here.</summary>
    /// <exception cref="StatusException">The client does not ask for a WebSocket, or for none of these.</exception>
    public static async Task<string> NegotiateAsync(HttpContext http, IReadOnlyList<string> known)
    {
        await Middleware.Invoke(http);
        if (!http.WebSockets.IsWebSocketRequest)
        {
            throw Errors.BadRequest("Upgrade request required: " + HowTo);
        }

        var asked = http.WebSockets.WebSocketRequestedProtocols;
        return (asked.Count == 0 && known.Contains(Unnamed) ? Unnamed : asked.FirstOrDefault(known.Contains))
            ?? throw Errors.BadRequest($"unable to negotiate protocol: client supports [{string.Join(' ', asked)}], server accepts [{string.Join(' ', known)}]");
    }

    /// <summary>Answers that the protocols are switched. The name of one of Kubernetes' subprotocols has a character that RFC 6455 forbids.</summary>
    public static Task<WebSocket> AcceptAsync(HttpContext http, string subprotocol)
    {
        if (subprotocol != Unnamed)
        {
            http.Response.Headers.SecWebSocketProtocol = subprotocol;
        }

        return http.WebSockets.AcceptWebSocketAsync();
    }
}
