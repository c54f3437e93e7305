using System.Globalization;
using System.Net.Sockets;
using Mizzen.Proxy.Admin;

namespace Mizzen.Proxy.Agent;

/// <summary>
/// Runs the application's own probes for the kubelet, whose requests would otherwise have to pass the mesh's policies (Istio's probe
/// rewrite). The application's status is passed on; 500 with the reason when there is none.
/// </summary>
internal sealed class AppProbes(IReadOnlyDictionary<string, AppProbe> probes, string podAddress) : IDisposable
{
    private readonly HttpClient _client = LocalHttp.Client();

    public async Task<AdminResponse> AnswerAsync(string path, CancellationToken cancellationToken)
    {
        if (!probes.TryGetValue(path, out var probe))
        {
            return AdminText.NotFound(path, probes.Count == 0 ? "no probe at all (ISTIO_KUBE_APP_PROBERS is empty)" : string.Join(", ", probes.Keys));
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(probe.Timeout > TimeSpan.Zero ? probe.Timeout : Timeout.InfiniteTimeSpan);
        try
        {
            return probe switch
            {
                AppProbe.Http http => await GetAsync(http, timeout.Token),
                AppProbe.Tcp tcp => await ConnectAsync(tcp, timeout.Token),
                _ => AdminText.Plain(500, ((AppProbe.Unsupported)probe).Reason + "\n"),
            };
        }
        catch (Exception error) when (error is HttpRequestException or SocketException or IOException)
        {
            return AdminText.Plain(500, $"{path}: {error.Message}\n");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return AdminText.Plain(500, string.Create(CultureInfo.InvariantCulture, $"{path}: no answer within {probe.Timeout.TotalSeconds} s\n"));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task<AdminResponse> GetAsync(AppProbe.Http probe, CancellationToken cancellationToken)
    {
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"{probe.Scheme}://{podAddress}:{probe.Port}{probe.Path}"));
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        foreach (var (name, value) in probe.Headers)
        {
            _ = request.Headers.TryAddWithoutValidation(name, value);
        }

        if (probe.Host.Length > 0)
        {
            request.Headers.Host = probe.Host;
        }

        using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        return AdminText.Plain((int)response.StatusCode, "");
    }

    private async Task<AdminResponse> ConnectAsync(AppProbe.Tcp probe, CancellationToken cancellationToken)
    {
        using var socket = await LocalHttp.ConnectAsync(podAddress, probe.Port, cancellationToken);
        return AdminText.Plain(200, "");
    }
}
