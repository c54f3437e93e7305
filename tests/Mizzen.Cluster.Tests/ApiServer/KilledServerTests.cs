using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Mizzen.Client;
using Mizzen.Testing;

namespace Mizzen.Cluster.Tests.ApiServers;

/// <summary>An API server is killed in the middle of writes of many clients, and another one starts on what it has left.</summary>
public sealed class KilledServerTests : IDisposable
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";
    private const int Writers = 16;
    private const int Writes = 10_000;

    private static readonly string Filling = new('x', 300);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("mizzen-killed-").FullName;
    private readonly ConcurrentDictionary<string, long> _acknowledged = new();
    private long _seen;
    private bool _serving;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Every_acknowledged_write_is_there_and_watches_go_on_where_they_were()
    {
        using (var server = await StartAsync())
        {
            using var http = ClientConnection.FromUnixSocket(ServerProcess.SocketIn(_folder));
            var watching = WatchAsync(http);
            var writing = Enumerable.Range(0, Writers).Select(writer => WriteAsync(http, writer)).ToList();
            await Eventually.HoldsAsync(() => Task.FromResult(_acknowledged.Count > Writes / 2 && Interlocked.Read(ref _seen) > 0), "half is written", Token, Patience);
            _serving = false;
            server.Kill();
            await server.WaitForExitAsync(Token);
            await Task.WhenAll([watching, .. writing]);
        }

        Assert.InRange(_acknowledged.Count, Writes / 2, Writes - 1);
        using var second = await StartAsync();
        using var client = ClientConnection.FromUnixSocket(ServerProcess.SocketIn(_folder));
        await RequireAllThereAsync(client);
        await RequireWatchResumesAsync(client);
        second.Kill();
        await second.WaitForExitAsync(Token);
    }

    private async Task RequireAllThereAsync(HttpClient http)
    {
        var list = await GetAsync(http, Maps);
        var there = list["items"]!.AsArray().ToDictionary(item => (string)item!["metadata"]!["name"]!, item => RevisionOf(item!));
        Assert.All(_acknowledged, entry => Assert.Equal(entry.Value, there.GetValueOrDefault(entry.Key)));
        var revision = RevisionOf(list);
        Assert.True(revision >= _acknowledged.Values.Max(), "revisions never go back");
        Assert.True(revision >= Interlocked.Read(ref _seen), "nothing was shown that is not there");
        Assert.True(await CreateAsync(http, "after") > revision, "and they go on");
    }

    // Whoever watched before the crash goes on from what it saw last, and hears of all that it missed.
    private async Task RequireWatchResumesAsync(HttpClient http)
    {
        var seen = Interlocked.Read(ref _seen);
        var list = await GetAsync(http, Maps);
        var missed = list["items"]!.AsArray().Select(item => RevisionOf(item!)).Where(revision => revision > seen).Order().ToList();
        var watching = EventsAsync(http, seen, missed.Count + 1);

        var created = await CreateAsync(http, "later");

        Assert.Equal([.. missed.Select(revision => ("ADDED", revision)), ("ADDED", created)], await watching);
    }

    private async Task<Process> StartAsync()
    {
        File.Delete(ServerProcess.SocketIn(_folder));
        string[] arguments =
        [
            typeof(KilledServerTests).Assembly.Location, "-explicit", "only", "-method", $"{typeof(ServerProcess).FullName}.{nameof(ServerProcess.Serves_until_it_is_killed)}",
        ];
        var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, Environment = { [ServerProcess.FolderVariable] = _folder } })!;
        using var http = ClientConnection.FromUnixSocket(ServerProcess.SocketIn(_folder));
        await Eventually.HoldsAsync(() => IsReadyAsync(http), "the server is ready", Token, Patience);
        _serving = true;
        return process;
    }

    private static async Task<bool> IsReadyAsync(HttpClient http)
    {
        try
        {
            using var response = await http.GetAsync(new Uri("/readyz", UriKind.Relative), Token);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task WriteAsync(HttpClient http, int writer)
    {
        for (var i = 0; i < Writes / Writers; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"w{writer}-{i}");
            try
            {
                _acknowledged[name] = await CreateAsync(http, name);
            }
            catch (Exception error) when (error is HttpRequestException or IOException && !_serving)
            {
                return;
            }
        }
    }

    private async Task WatchAsync(HttpClient http)
    {
        using var response = await http.GetAsync(new Uri($"{Maps}?watch=true", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Token);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        try
        {
            while (await reader.ReadLineAsync(Token) is { } line)
            {
                Interlocked.Exchange(ref _seen, RevisionOf(JsonNode.Parse(line)!["object"]!));
            }
        }
        catch (Exception error) when (error is HttpRequestException or IOException or System.Text.Json.JsonException && !_serving)
        {
            // The server is gone, perhaps in the middle of a line.
        }
    }

    private static async Task<long> CreateAsync(HttpClient http, string name)
    {
        using var content = new StringContent($$"""{"metadata":{"name":"{{name}}"},"data":{"text":"{{Filling}}"} }""", Encoding.UTF8, "application/json");
        using var response = await http.PostAsync(new Uri(Maps, UriKind.Relative), content, Token);
        var body = await response.Content.ReadAsStringAsync(Token);
        Assert.True((int)response.StatusCode == 201, body);
        return RevisionOf(JsonNode.Parse(body)!);
    }

    private static async Task<List<(string Type, long Revision)>> EventsAsync(HttpClient http, long after, int count)
    {
        using var response = await http.GetAsync(
            new Uri(string.Create(CultureInfo.InvariantCulture, $"{Maps}?watch=true&resourceVersion={after}"), UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Token);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        var events = new List<(string, long)>();
        while (events.Count < count && await reader.ReadLineAsync(Token) is { } line)
        {
            var change = JsonNode.Parse(line)!;
            events.Add(((string)change["type"]!, RevisionOf(change["object"]!)));
        }

        return events;
    }

    private static async Task<JsonNode> GetAsync(HttpClient http, string path) => JsonNode.Parse(await http.GetStringAsync(new Uri(path, UriKind.Relative), Token))!;

    private static long RevisionOf(JsonNode node) => long.Parse((string)node["metadata"]!["resourceVersion"]!, CultureInfo.InvariantCulture);
}
