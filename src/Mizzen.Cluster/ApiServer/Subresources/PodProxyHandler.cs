using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Mizzen.Cluster.ApiServer.Objects;
using Mizzen.Cluster.ApiServer.Requests;
using Mizzen.Cluster.Storage;

namespace Mizzen.Cluster.ApiServer.Subresources;

/// <summary>
/// Requests to a pod's own HTTP server through the API server: <c>pods/NAME:PORT/proxy/PATH</c> (Kubernetes API, "Proxy connect
/// requests to Pod").
/// </summary>
internal sealed class PodProxyHandler : IDisposable
{
    private const int DefaultPort = 80;
    private static readonly string[] NotForwarded = ["Host", "Authorization", "Connection", "Transfer-Encoding", "Upgrade"];

    private readonly ObjectStore _store;
    private readonly HttpClient? _http;

    public PodProxyHandler(ObjectStore store, PodDialer? dialer)
    {
        _store = store;
        _http = dialer is null ? null : ClientOf(dialer);
    }

    public async Task ServeAsync(ApiRequest request, string path)
    {
        var http = _http ?? throw Errors.Refusal(501, "NotImplemented", "this API server has no way to pods", null);
        var target = new UriBuilder("http", AddressOf(request, out var port), port, path) { Query = request.Http.Request.QueryString.Value };
        using var message = Forwarded(request.Http.Request, target.Uri);
        try
        {
            using var response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, request.Aborted);
            await CopyAsync(response, request.Http.Response, request.Aborted);
        }
        catch (Exception error) when (error is HttpRequestException or SocketException)
        {
            throw Errors.Refusal(503, "ServiceUnavailable", $"error trying to reach service: {error.Message}", null);
        }
    }

    public void Dispose() => _http?.Dispose();

    private string AddressOf(ApiRequest request, out int port)
    {
        var parts = request.Name.Split(':');
        var name = parts[0];
        if (!int.TryParse(parts is [_, var text] ? text : DefaultPort.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture, out port)
            || port is < 1 or > ushort.MaxValue)
        {
            throw Errors.BadRequest($"invalid pod request \"{request.Name}\": name it as NAME or NAME:PORT");
        }

        var pod = _store.Find(request.Kind.Storage, new ObjectKey(request.Namespace, name)) ?? throw Errors.NotFound(request.Kind, name);
        return pod.ToNode().Child("status").Text("podIP") is { Length: > 0 } address
            ? address
            : throw Errors.BadRequest($"address not allowed: pod {name} has no address yet");
    }

    private static HttpClient ClientOf(PodDialer dialer) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(10),
        ConnectCallback = (context, cancellationToken) =>
            dialer(new IPEndPoint(IPAddress.Parse(context.DnsEndPoint.Host), context.DnsEndPoint.Port), cancellationToken),
    });

    private static HttpRequestMessage Forwarded(HttpRequest request, Uri target)
    {
        var message = new HttpRequestMessage(new HttpMethod(request.Method), target);
        if (request.ContentLength > 0 || request.Headers.TransferEncoding.Count > 0)
        {
            message.Content = new StreamContent(request.Body);
        }

        foreach (var (name, values) in request.Headers)
        {
            if (!NotForwarded.Contains(name, StringComparer.OrdinalIgnoreCase) && !message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
            {
                message.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        return message;
    }

    private static async Task CopyAsync(HttpResponseMessage from, HttpResponse to, CancellationToken cancellationToken)
    {
        to.StatusCode = (int)from.StatusCode;
        foreach (var (name, values) in from.Headers.Concat(from.Content.Headers))
        {
            if (!NotForwarded.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                to.Headers[name] = values.ToArray();
            }
        }

        await from.Content.CopyToAsync(to.Body, cancellationToken);
    }
}
