namespace TimeApp;

/// <summary>Asks the next tier and hands on the headers that keep a chain of requests together.</summary>
internal sealed class UpstreamClient(Uri? uri, TimeProvider clock) : IDisposable
{
    /// <summary>Trace context (W3C and B3), the request id, and the two headers of this sample.</summary>
    private static readonly string[] ForwardedHeaders =
    [
        "x-request-id", "traceparent", "tracestate", "b3",
        "x-b3-traceid", "x-b3-spanid", "x-b3-parentspanid", "x-b3-sampled", "x-b3-flags", "x-ot-span-context",
        "x-dev-user", "fail",
    ];

    private readonly HttpClient _http =
        new(new SocketsHttpHandler { ActivityHeadersPropagator = null, UseProxy = false }) { Timeout = TimeSpan.FromSeconds(60) };

    public async Task<UpstreamAnswer> AskAsync(IHeaderDictionary incoming, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        foreach (var name in ForwardedHeaders)
        {
            if (incoming.TryGetValue(name, out var values))
            {
                request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        var start = clock.GetTimestamp();
        try
        {
            using var response = await _http.SendAsync(request, cancellationToken);
            var body = await response.Content.ReadAsStringAsync(cancellationToken);
            return response.IsSuccessStatusCode
                ? new UpstreamAnswer(true, body)
                : new UpstreamAnswer(false, $"{(int)response.StatusCode} {response.ReasonPhrase} {body}");
        }
        catch (HttpRequestException error)
        {
            var seconds = clock.GetElapsedTime(start).TotalSeconds;
            return new UpstreamAnswer(false, FormattableString.Invariant($"no answer after {seconds:0.000} seconds: {error.Message}"));
        }
    }

    public void Dispose() => _http.Dispose();
}
