using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mizzen.Proxy.Admin;
using Mizzen.Proxy.Logging;
using Mizzen.Proxy.Observation.Metrics;

namespace Mizzen.Proxy.Agent;

/// <summary>The proxy's metrics with the application's behind them, so that one scrape of 15020 brings both (Istio's metrics merge).</summary>
internal sealed class AppMetrics : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly HttpClient _client = LocalHttp.Client();
    private readonly Uri? _application;
    private readonly Logger _log;

    /// <param name="annotations"><c>ISTIO_PROMETHEUS_ANNOTATIONS</c>: <c>{"scrape":"true","path":"/metrics","port":"9090"}</c>, or null.</param>
    /// <param name="log">Hears of scrapes that fail.</param>
    /// <exception cref="InvalidDataException">The text is not that.</exception>
    public AppMetrics(string? annotations, Logger log)
    {
        _log = log;
        _application = annotations is { Length: > 0 } ? Target(annotations) : null;
    }

    /// <summary>Both in one text. When the application does not answer, the proxy's alone.</summary>
    public async Task<AdminResponse> MergeAsync(ProxyState state, CancellationToken cancellationToken)
    {
        var text = MetricsHandler.Write(state);
        if (_application is not null)
        {
            text.Append(await ScrapeAsync(_application, cancellationToken));
        }

        return new AdminResponse(200, PrometheusWriter.ContentType, text.Written.ToArray());
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task<byte[]> ScrapeAsync(Uri target, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Patience);
        try
        {
            return await _client.GetByteArrayAsync(target, timeout.Token);
        }
        catch (Exception error) when (error is HttpRequestException or IOException || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            _log.Warn($"the application's metrics at {target} are missing from this scrape: {error.Message}");
            return [];
        }
    }

    private static Uri? Target(string annotations)
    {
        try
        {
            var fields = JsonParser.Default.Parse<Struct>(annotations).Fields;
            string Of(string name, string absent) => fields.TryGetValue(name, out var value) && value.StringValue.Length > 0 ? value.StringValue : absent;
            return Of("scrape", "false") == "true"
                ? new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Of("port", "80")}/{Of("path", "/metrics").TrimStart('/')}"))
                : null;
        }
        catch (Exception error) when (error is InvalidProtocolBufferException or UriFormatException)
        {
            throw new InvalidDataException($"ISTIO_PROMETHEUS_ANNOTATIONS is not {{\"scrape\":…,\"path\":…,\"port\":…}}: {error.Message}", error);
        }
    }
}
