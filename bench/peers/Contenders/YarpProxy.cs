using Yarp.ReverseProxy.Configuration;

namespace Mizzen.Bench.Peers.Contenders;

/// <summary>YARP as its documentation sets it up, with the headers that the others add.</summary>
internal static class YarpProxy
{
    public static async Task RunAsync(string port, string backend)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.Services.AddReverseProxy().LoadFromMemory(
            [
                new RouteConfig
                {
                    RouteId = "all",
                    ClusterId = "backend",
                    Match = new RouteMatch { Path = "{**rest}" },
                    Transforms = [new Dictionary<string, string> { ["X-Forwarded"] = "Append" }],
                },
            ],
            [
                new ClusterConfig
                {
                    ClusterId = "backend",
                    Destinations = new Dictionary<string, DestinationConfig> { ["one"] = new() { Address = $"http://127.0.0.1:{backend}/" } },
                },
            ]);
        var app = builder.Build();
        app.Use((context, next) =>
        {
            context.Request.Headers["X-Request-Id"] = Guid.NewGuid().ToString();
            return next();
        });
        app.MapReverseProxy();
        await app.RunAsync();
    }
}
