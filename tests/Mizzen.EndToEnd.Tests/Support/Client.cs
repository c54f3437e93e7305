using System.Text.RegularExpressions;

namespace Mizzen.EndToEnd.Tests.Support;

/// <summary>One answer; status 0 when there was none.</summary>
internal readonly record struct Answer(int Status, string Body, TimeSpan Duration);

/// <summary>Sends requests to the gateway, eight at a time.</summary>
internal sealed partial class Client(Uri gateway) : IDisposable
{
    private const int Parallel = 8;

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = Parallel });

    public async Task<Answer> GetAsync(params string[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, gateway);
        foreach (var header in headers)
        {
            var parts = header.Split(':', 2, StringSplitOptions.TrimEntries);
            request.Headers.Add(parts[0], parts[1]);
        }

        var start = TimeProvider.System.GetTimestamp();
        try
        {
            using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
            var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            return new Answer((int)response.StatusCode, body, TimeProvider.System.GetElapsedTime(start));
        }
        catch (Exception error) when (error is HttpRequestException or System.Net.Sockets.SocketException)
        {
            return new Answer(0, error.Message, TimeProvider.System.GetElapsedTime(start));
        }
    }

    public async Task<IReadOnlyList<Answer>> GetManyAsync(int count, params string[] headers)
    {
        var answers = new Answer[count];
        await System.Threading.Tasks.Parallel.ForAsync(
            0,
            count,
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = TestContext.Current.CancellationToken },
            async (i, _) => answers[i] = await GetAsync(headers));
        return answers;
    }

    /// <summary>The version of the middleware that an answer passed through; empty when it names none.</summary>
    public static string MiddlewareOf(Answer answer) => Middleware.Match(answer.Body).Groups[1].Value;

    public void Dispose() => _http.Dispose();

    [GeneratedRegex("middleware-(prod|canary) - ", RegexOptions.CultureInvariant)]
    private static partial Regex Middleware { get; }
}
