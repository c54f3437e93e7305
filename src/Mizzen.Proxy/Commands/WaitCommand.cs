using System.Globalization;

namespace Mizzen.Proxy.Commands;

/// <summary>
/// <c>mizzen-proxy wait</c>: returns when the proxy of this pod is ready. The injector makes it the proxy's postStart hook where an app is to
/// start after its proxy (Istio's <c>holdApplicationUntilProxyStarts</c>); flags and defaults are those of <c>pilot-agent wait</c>.
/// </summary>
internal static class WaitCommand
{
    public const string Name = "wait";

    private static readonly Flag[] Known =
    [
        new("url", "where readiness is asked for (http://localhost:15021/healthz/ready)"),
        new("timeoutSeconds", "seconds after which to give up (60)"),
        new("periodMillis", "milliseconds between two questions (500)"),
        new("requestTimeoutMillis", "milliseconds that an answer may take (500)"),
        new("help", "this text", 'h', IsSwitch: true),
    ];

    public static string Help => $"""
        mizzen-proxy wait: returns when the proxy of this pod is ready

        usage: mizzen-proxy wait [flags]

        {Flags.Help(Known)}
        """;

    /// <returns>0 when the proxy is ready, 1 when it was not in time.</returns>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter errors, TimeProvider clock)
    {
        var flags = new Flags(Name, Known).Parse(arguments);
        if (flags.Has("help"))
        {
            await output.WriteAsync(Help);
            return CommandLine.Success;
        }

        var url = Url(flags["url"] ?? "http://localhost:15021/healthz/ready");
        var limit = TimeSpan.FromSeconds(Number(flags, "timeoutSeconds", 60));
        var period = TimeSpan.FromMilliseconds(Number(flags, "periodMillis", 500));
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromMilliseconds(Number(flags, "requestTimeoutMillis", 500)) };
        var start = clock.GetTimestamp();
        while (await WhyNotReadyAsync(http, url) is { } reason)
        {
            if (clock.GetElapsedTime(start) >= limit)
            {
                await errors.WriteLineAsync($"mizzen-proxy: the proxy is not ready after {limit.TotalSeconds:0} s: {reason}");
                return CommandLine.Failure;
            }

            await Task.Delay(period, clock);
        }

        return CommandLine.Success;
    }

    private static async Task<string?> WhyNotReadyAsync(HttpClient http, Uri url)
    {
        try
        {
            using var answer = await http.GetAsync(url);
            return answer.IsSuccessStatusCode ? null : $"{url} answered {(int)answer.StatusCode}";
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
        {
            return error.Message;
        }
    }

    private static Uri Url(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttp ? url : throw new UsageException($"--url {text}: that is no http URL");

    private static int Number(Flags flags, string name, int otherwise) => flags[name] switch
    {
        null => otherwise,
        { } text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 => number,
        { } text => throw new UsageException($"--{name} {text}: that is no positive number"),
    };
}
