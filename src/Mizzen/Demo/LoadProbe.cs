namespace Mizzen.Demo;

/// <summary>Sends requests to the demo's gateway and counts what comes back: the measured half of each step of the tour.</summary>
internal sealed class LoadProbe(Uri uri, TimeProvider clock) : IDisposable
{
    private const int Parallel = 10;

    private readonly HttpClient _http =
        new(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = Parallel, ActivityHeadersPropagator = null })
        {
            Timeout = TimeSpan.FromSeconds(30),
        };

    /// <summary>Sends <paramref name="count"/> requests, ten at a time, each with the given headers (<c>name: value</c>).</summary>
    public async Task<Measurement> MeasureAsync(int count, IReadOnlyList<string> headers, CancellationToken cancellationToken)
    {
        var answers = new Answer[count];
        var next = -1;
        async Task WorkAsync()
        {
            for (var i = Interlocked.Increment(ref next); i < count; i = Interlocked.Increment(ref next))
            {
                answers[i] = await AskAsync(headers, cancellationToken);
            }
        }

        await Task.WhenAll(Enumerable.Range(0, Parallel).Select(_ => WorkAsync()));
        return new Measurement(answers);
    }

    /// <summary>One request; a connection that fails is an answer with status 0.</summary>
    public async Task<Answer> AskAsync(IReadOnlyList<string> headers, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        foreach (var header in headers)
        {
            var parts = header.Split(':', 2, StringSplitOptions.TrimEntries);
            request.Headers.TryAddWithoutValidation(parts[0], parts[1]);
        }

        var start = clock.GetTimestamp();
        try
        {
            using var response = await _http.SendAsync(request, cancellationToken);
            var body = await response.Content.ReadAsStringAsync(cancellationToken);
            return new Answer((int)response.StatusCode, body, clock.GetElapsedTime(start));
        }
        catch (Exception error) when (error is HttpRequestException or System.Net.Sockets.SocketException)
        {
            return new Answer(0, error.Message, clock.GetElapsedTime(start));
        }
    }

    public void Dispose() => _http.Dispose();
}
