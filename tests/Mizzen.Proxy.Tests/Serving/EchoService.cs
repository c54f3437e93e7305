using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mizzen.Proxy.Tests.Serving;

/// <summary>A gRPC service of texts with a method of each kind: what a generator would make of its description.</summary>
[BindServiceMethod(typeof(EchoBase), nameof(Bind))]
internal abstract class EchoBase
{
    private static readonly Marshaller<string> Text = Marshallers.Create(Encoding.UTF8.GetBytes, Encoding.UTF8.GetString);

    public static Method<string, string> SayMethod { get; } = new(MethodType.Unary, "test.Echo", nameof(Say), Text, Text);

    public static Method<string, string> CountMethod { get; } = new(MethodType.ServerStreaming, "test.Echo", nameof(Count), Text, Text);

    public static Method<string, string> SumMethod { get; } = new(MethodType.ClientStreaming, "test.Echo", nameof(Sum), Text, Text);

    public static Method<string, string> ChatMethod { get; } = new(MethodType.DuplexStreaming, "test.Echo", nameof(Chat), Text, Text);

    public static void Bind(ServiceBinderBase binder, EchoBase? service)
    {
        binder.AddMethod(SayMethod, service is null ? null! : new UnaryServerMethod<string, string>(service.Say));
        binder.AddMethod(CountMethod, service is null ? null! : new ServerStreamingServerMethod<string, string>(service.Count));
        binder.AddMethod(SumMethod, service is null ? null! : new ClientStreamingServerMethod<string, string>(service.Sum));
        binder.AddMethod(ChatMethod, service is null ? null! : new DuplexStreamingServerMethod<string, string>(service.Chat));
    }

    /// <summary>Answers with the server's name and the text; a text like <c>error 5</c> with that status, <c>wait</c> never.</summary>
    public abstract Task<string> Say(string request, ServerCallContext context);

    /// <summary>Answers a number with as many messages.</summary>
    public abstract Task Count(string request, IServerStreamWriter<string> responses, ServerCallContext context);

    /// <summary>Answers with the sum of the lengths.</summary>
    public abstract Task<string> Sum(IAsyncStreamReader<string> requests, ServerCallContext context);

    /// <summary>Answers each message when it comes.</summary>
    public abstract Task Chat(IAsyncStreamReader<string> requests, IServerStreamWriter<string> responses, ServerCallContext context);
}

/// <summary>The service on loopback, by HTTP/2 with prior knowledge.</summary>
internal sealed class EchoService(EchoService.Name name) : EchoBase
{
    /// <param name="name">Who answers.</param>
    /// <param name="listener">A bound socket, for a server in a network of its own; null takes any port of loopback.</param>
    public static async Task<WebApplication> StartAsync(string name, Socket? listener = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(new Name(name));
        builder.WebHost.ConfigureKestrel(options =>
        {
            if (listener is null)
            {
                options.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
            }
            else
            {
                options.ListenHandle((ulong)listener.Handle, listen => listen.Protocols = HttpProtocols.Http2);
            }
        });
        var app = builder.Build();
        app.MapGrpcService<EchoService>();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    public override async Task<string> Say(string request, ServerCallContext context)
    {
        if (request == "wait")
        {
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        }

        return request.StartsWith("error ", StringComparison.Ordinal)
            ? throw new RpcException(new Status((StatusCode)int.Parse(request[6..], CultureInfo.InvariantCulture), "as asked for: 100 %"))
            : $"{name.Value}: {request}";
    }

    public override async Task Count(string request, IServerStreamWriter<string> responses, ServerCallContext context)
    {
        for (var i = 1; i <= int.Parse(request, CultureInfo.InvariantCulture); i++)
        {
            await responses.WriteAsync($"{i}", context.CancellationToken);
        }
    }

    public override async Task<string> Sum(IAsyncStreamReader<string> requests, ServerCallContext context)
    {
        var sum = 0L;
        await foreach (var request in requests.ReadAllAsync(context.CancellationToken))
        {
            sum += request.Length;
        }

        return $"{sum}";
    }

    public override async Task Chat(IAsyncStreamReader<string> requests, IServerStreamWriter<string> responses, ServerCallContext context)
    {
        await foreach (var request in requests.ReadAllAsync(context.CancellationToken))
        {
            await responses.WriteAsync($"<{request}>", context.CancellationToken);
        }
    }

    /// <summary>Who answers.</summary>
    internal sealed record Name(string Value);
}
