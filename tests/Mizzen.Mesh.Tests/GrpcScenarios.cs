using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Mizzen.ControlPlane.Tests.Translation;
using Mizzen.Mesh.Tests.Running;
using Mizzen.Proxy.Tests.Serving;
using Mizzen.Testing.Sandbox;

namespace Mizzen.Mesh.Tests;

/// <summary>.NET's gRPC client and servers in a mesh: a Service whose port is named grpc, rules, sidecars, the kernel's own redirect.</summary>
public sealed class GrpcScenarios
{
    private const int Port = 9000;

    private const string Objects = """
        apiVersion: v1
        kind: Pod
        metadata: {name: client, labels: {app: client}}
        spec: {containers: [{name: app}]}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: greeter-v1, labels: {app: greeter, version: v1}}
        spec: {containers: [{name: app}]}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: greeter-v2, labels: {app: greeter, version: v2}}
        spec: {containers: [{name: app}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: greeter}
        spec: {clusterIP: 10.96.0.7, selector: {app: greeter}, ports: [{name: grpc, port: 9000}]}
        """;

    private const string Rules = """
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: greeter}
        spec:
          host: greeter
          subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]
        ---
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: greeter}
        spec:
          hosts: [greeter]
          http:
          - match: [{uri: {exact: /test.Echo/Say}, headers: {tenant: {exact: blue}}}]
            route: [{destination: {host: greeter, subset: v2}}]
          - match: [{headers: {fail: {exact: "yes"}}}]
            fault: {abort: {percentage: {value: 100}, grpcStatus: RESOURCE_EXHAUSTED}}
            route: [{destination: {host: greeter, subset: v1}}]
          - route: [{destination: {host: greeter, subset: v1}, weight: 50}, {destination: {host: greeter, subset: v2}, weight: 50}]
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [SandboxedFact]
    public async Task Calls_of_one_channel_are_balanced_and_every_kind_passes()
    {
        await using var running = await Running.StartAsync(Objects);
        using var channel = running.Channel();
        var invoker = channel.CreateCallInvoker();

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => SayAsync(channel, $"{i}")));
        Assert.Equal(["greeter-v1", "greeter-v2"], answers.Select(answer => answer.Split(':')[0]).Distinct().Order());

        using var count = invoker.AsyncServerStreamingCall(EchoBase.CountMethod, null, Options(), "200");
        Assert.Equal(200, await count.ResponseStream.ReadAllAsync(Cancel).CountAsync(Cancel));

        using var sum = invoker.AsyncClientStreamingCall(EchoBase.SumMethod, null, Options());
        await sum.RequestStream.WriteAsync("four", Cancel);
        await sum.RequestStream.WriteAsync("seven77", Cancel);
        await sum.RequestStream.CompleteAsync();
        Assert.Equal("11", await sum.ResponseAsync);

        using var chat = invoker.AsyncDuplexStreamingCall(EchoBase.ChatMethod, null, Options());
        for (var i = 0; i < 5; i++)
        {
            await chat.RequestStream.WriteAsync($"{i}", Cancel);
            Assert.True(await chat.ResponseStream.MoveNext(Cancel));
            Assert.Equal($"<{i}>", chat.ResponseStream.Current);
        }

        await chat.RequestStream.CompleteAsync();
        Assert.False(await chat.ResponseStream.MoveNext(Cancel));
    }

    [SandboxedFact]
    public async Task Rules_see_every_call()
    {
        await using var running = await Running.StartAsync(Objects, Rules);
        using var channel = running.Channel();

        var blue = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => SayAsync(channel, $"{i}", new Metadata { { "tenant", "blue" } })));
        Assert.All(blue, answer => Assert.StartsWith("greeter-v2:", answer, StringComparison.Ordinal));
        var error = await Assert.ThrowsAsync<RpcException>(() => SayAsync(channel, "x", new Metadata { { "fail", "yes" } }));
        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
    }

    [SandboxedFact]
    public async Task A_servers_sidecar_passes_calls_to_its_application()
    {
        var mesh = MeshOf.Yaml(Objects);
        using var world = new World();
        world.Have(IPAddress.Parse("10.244.9.9"));
        await using var sidecar = RunningProxy.Start(world, mesh, MeshOf.Proxy(mesh, "greeter-v1"), new Names(mesh));
        await using var app = await EchoService.StartAsync("behind", sidecar.Pod.Run(() => Bound(sidecar.View.Address)));
        using var channel = Channel(address => world.Run(() => Connected(address)), new IPEndPoint(sidecar.View.Address, Port));

        Assert.Equal("behind: hello", await SayAsync(channel, "hello"));
        Assert.True(sidecar.Observer.Exchanges.TryDequeue(out var outcome));
        Assert.Equal((200, "/test.Echo/Say"), (outcome.Status, outcome.Path));
    }

    private static async Task<string> SayAsync(GrpcChannel channel, string text, Metadata? metadata = null)
    {
        using var call = channel.CreateCallInvoker().AsyncUnaryCall(EchoBase.SayMethod, null, Options().WithHeaders(metadata ?? []), text);
        return await call.ResponseAsync;
    }

    private static CallOptions Options() => new(cancellationToken: Cancel);

    private static GrpcChannel Channel(Func<IPEndPoint, Socket> connect, IPEndPoint address) => GrpcChannel.ForAddress(
        "http://greeter",
        new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler { ConnectCallback = (_, _) => ValueTask.FromResult<Stream>(new NetworkStream(connect(address), ownsSocket: true)) },
            DisposeHttpClient = true,
        });

    private static Socket Connected(IPEndPoint address)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(address);
        return socket;
    }

    private static Socket Bound(IPAddress address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(address, Port));
        return socket;
    }

    /// <summary>A client's sidecar and both servers.</summary>
    private sealed class Running(World world, RunningProxy sidecar, IReadOnlyList<WebApplication> servers) : IAsyncDisposable
    {
        public static async Task<Running> StartAsync(params string[] yaml)
        {
            var mesh = MeshOf.Yaml(yaml);
            var world = new World();
            var sidecar = RunningProxy.Start(world, mesh, MeshOf.Proxy(mesh, "client"), new Names(mesh));
            var servers = new List<WebApplication>();
            foreach (var pod in mesh.Resources.Pods.Where(pod => pod.Metadata.Name!.StartsWith("greeter", StringComparison.Ordinal)))
            {
                var address = IPAddress.Parse(pod.Status!.PodIp!);
                world.Have(address);
                servers.Add(await EchoService.StartAsync(pod.Metadata.Name!, world.Run(() => Bound(address))));
            }

            return new Running(world, sidecar, servers);
        }

        /// <summary>A channel to the Service's address, as the application beside the sidecar has it.</summary>
        public GrpcChannel Channel() => GrpcScenarios.Channel(address => sidecar.Pod.Run(() => Connected(address)), IPEndPoint.Parse("10.96.0.7:9000"));

        public async ValueTask DisposeAsync()
        {
            await sidecar.DisposeAsync();
            foreach (var server in servers)
            {
                await server.DisposeAsync();
            }

            world.Dispose();
        }
    }
}
