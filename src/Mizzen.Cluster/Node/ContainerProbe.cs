using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Mizzen.Cluster.Network;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Node;

/// <summary>Asks a container once how it is: by HTTP, by a TCP connection, or by running a command in it.</summary>
internal sealed class ContainerProbe(ClusterNetwork network, IPAddress pod, Func<IReadOnlyList<string>, CancellationToken, Task<int>> run)
{
    /// <summary>Null when the container is well; else what was wrong.</summary>
    public async Task<string?> AskAsync(Probe probe, Container container, CancellationToken cancellationToken)
    {
        var limit = TimeSpan.FromSeconds(probe.TimeoutSeconds is > 0 and var seconds ? seconds : 1);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(limit);
        try
        {
            return probe switch
            {
                { HttpGet: { } get } => await AskHttpAsync(get, container, patience.Token),
                { TcpSocket: { } tcp } => await AskTcpAsync(PortOf(tcp.Port, container), patience.Token),
                { Grpc: { } grpc } => await AskTcpAsync(grpc.Port, patience.Token),
                { Exec.Command: { Count: > 0 } command } => await run(command, patience.Token) is var code && code == 0 ? null : $"command exited with {code}",
                _ => null,
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return string.Create(CultureInfo.InvariantCulture, $"no answer within {limit.TotalSeconds} s");
        }
        catch (Exception error) when (error is HttpRequestException or SocketException or IOException or NodeException)
        {
            return error.InnerException?.Message ?? error.Message;
        }
    }

    private async Task<string?> AskHttpAsync(HttpGetAction get, Container container, CancellationToken cancellationToken)
    {
        var port = PortOf(get.Port, container);
        using var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
            ConnectCallback = async (_, token) => new NetworkStream(await network.DialInsideAsync(new IPEndPoint(pod, port), token), ownsSocket: true),
        };
        // A probe asks whether somebody answers, not who: Kubernetes does not check certificates here either.
        handler.SslOptions.RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null;
        using var http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        var scheme = string.Equals(get.Scheme, "HTTPS", StringComparison.OrdinalIgnoreCase) ? "https" : "http";
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{scheme}://{get.Host ?? pod.ToString()}:{port}/{(get.Path ?? "/").TrimStart('/')}");
        request.Headers.TryAddWithoutValidation("User-Agent", "kube-probe/1.32");
        request.Headers.ConnectionClose = true;
        foreach (var header in get.HttpHeaders ?? [])
        {
            request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        }

        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        return (int)response.StatusCode is >= 200 and < 400 ? null : $"HTTP probe failed with statuscode: {(int)response.StatusCode}";
    }

    private async Task<string?> AskTcpAsync(int port, CancellationToken cancellationToken)
    {
        using var socket = await network.DialInsideAsync(new IPEndPoint(pod, port), cancellationToken);
        return null;
    }

    private static int PortOf(IntOrString port, Container container) =>
        port.Number
        ?? container.Ports?.FirstOrDefault(candidate => candidate.Name == port.Text)?.Port
        ?? (int.TryParse(port.Text, CultureInfo.InvariantCulture, out var number) ? number : throw new NodeException($"the container has no port named {port.Text}"));
}
