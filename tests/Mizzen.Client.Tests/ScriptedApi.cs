using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mizzen.Client.Tests;

/// <summary>An HTTP server that answers lists and watches of ConfigMaps as a test says, and notes what it was asked.</summary>
internal sealed class ScriptedApi : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ScriptedApi(WebApplication app) => _app = app;

    /// <summary>Answers every list.</summary>
    public Func<(IReadOnlyList<JsonObject> Items, string Version)> List { get; set; } = () => ([], "1");

    /// <summary>Answers every watch; the second argument is the version that it starts from.</summary>
    public Func<HttpContext, string, Task> Watch { get; set; } = (context, _) => StayOpenAsync(context);

    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>The versions from which watches were started.</summary>
    public IEnumerable<string> Watches => Requests.Where(request => request.StartsWith("watch ", StringComparison.Ordinal)).Select(request => request["watch ".Length..]);

    public int Lists => Requests.Count(request => request == "list");

    public static async Task<ScriptedApi> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var api = new ScriptedApi(app);
        app.Run(api.AnswerAsync);
        await app.StartAsync();
        return api;
    }

    public ResourceClient Client()
    {
        var address = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new ResourceClient(new HttpClient { BaseAddress = new Uri(address), Timeout = Timeout.InfiniteTimeSpan });
    }

    public static JsonObject ConfigMap(string name, string version, string? uid = null) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "ConfigMap",
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "default", ["uid"] = uid ?? "uid-" + name, ["resourceVersion"] = version },
    };

    public static async Task SendAsync(HttpContext context, string type, JsonObject item)
    {
        await context.Response.WriteAsync(new JsonObject { ["type"] = type, ["object"] = item }.ToJsonString() + "\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    public static Task SendExpiredAsync(HttpContext context) => SendAsync(context, "ERROR", Expired());

    public static JsonObject Expired() => new()
    {
        ["kind"] = "Status",
        ["status"] = "Failure",
        ["code"] = 410,
        ["reason"] = "Expired",
        ["message"] = "too old resource version",
    };

    public static Task StayOpenAsync(HttpContext context)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        context.RequestAborted.Register(() => gone.TrySetResult());
        return gone.Task;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Query["watch"] == "true")
        {
            var version = context.Request.Query["resourceVersion"].ToString();
            Requests.Enqueue("watch " + version);
            await context.Response.StartAsync();
            await Watch(context, version);
            return;
        }

        Requests.Enqueue("list");
        var (items, listed) = List();
        var list = new JsonObject
        {
            ["kind"] = "ConfigMapList",
            ["metadata"] = new JsonObject { ["resourceVersion"] = listed },
            ["items"] = new JsonArray([.. items]),
        };
        await context.Response.WriteAsync(list.ToJsonString());
    }
}
