using System.Net;
using System.Net.Sockets;
using Mizzen.Resources.Core;
using Mizzen.Testing;
using Mizzen.Testing.Sandbox;

namespace Mizzen.Cluster.Tests.Sandboxed;

/// <summary>Each kind of probe in each of its three places, against a program that answers as it is told.</summary>
public sealed class ProbeScenarios
{
    // The program is a .NET one, which takes its time to start on a busy machine.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [SandboxedTheory]
    [InlineData("http", "HTTP probe failed with statuscode: 503")]
    [InlineData("tcp", "Connection refused")]
    [InlineData("grpc", "the service is not serving")]
    public async Task Startup_then_readiness_then_liveness(string kind, string reason)
    {
        await using var cluster = await RunningCluster.StartAsync();
        await cluster.ApplyAsync($$"""
            apiVersion: v1
            kind: Pod
            metadata: {name: probed}
            spec:
              terminationGracePeriodSeconds: 1
              containers:
              - name: main
                image: probed
                ports: [{name: http, containerPort: {{ProbedProgram.HttpPort}} }]
                startupProbe: {periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 300, {{ProbedProgram.ProbeOf(kind, "startup")}} }
                readinessProbe: {periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 1, successThreshold: 2, {{ProbedProgram.ProbeOf(kind, "readiness")}} }
                livenessProbe: {periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 2, {{ProbedProgram.ProbeOf(kind, "liveness")}} }
            """);
        await UntilToldAsync(cluster, $"Startup probe failed: {reason}");
        Assert.False(StatusOf((await cluster.PodAsync("probed"))!).Started);

        await SetAsync(cluster, "startup", true);
        await UntilToldAsync(cluster, $"Readiness probe failed: {reason}");
        var started = await cluster.UntilAsync("probed", pod => StatusOf(pod).Started == true, "it has started");
        Assert.False(RunningCluster.IsReady(started));

        await SetAsync(cluster, "readiness", true);
        await cluster.UntilReadyAsync("probed");
        await SetAsync(cluster, "readiness", false);
        var unready = await cluster.UntilAsync("probed", pod => !RunningCluster.IsReady(pod), "it is not ready any more");
        Assert.Equal((0, true), (StatusOf(unready).RestartCount, StatusOf(unready).Started));

        await SetAsync(cluster, "liveness", false);
        await cluster.UntilAsync("probed", pod => StatusOf(pod) is { RestartCount: 1, State.Running: not null, Started: false }, "it is restarted");
        await UntilToldAsync(cluster, $"Liveness probe failed: {reason}");
        await UntilToldAsync(cluster, "Container main failed liveness probe, will be restarted");
    }

    private static ContainerStatus StatusOf(Pod pod) => pod.Status!.ContainerStatuses![0];

    private static async Task SetAsync(RunningCluster cluster, string probe, bool answer)
    {
        var address = IPAddress.Parse((await cluster.PodAsync("probed"))!.Status!.PodIp!);
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) => new NetworkStream(await cluster.Network.DialInsideAsync(new IPEndPoint(address, ProbedProgram.HttpPort), token), ownsSocket: true),
        };
        using var http = new HttpClient(handler);
        await Eventually.HoldsAsync(() => IsSetAsync(http, probe, answer), $"{probe} is set", Token);
    }

    private static async Task<bool> IsSetAsync(HttpClient http, string probe, bool answer)
    {
        try
        {
            using var response = await http.GetAsync(new Uri($"http://probed/set/{probe}/{(answer ? "true" : "false")}"), Token);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task UntilToldAsync(RunningCluster cluster, string message) => await Eventually.HoldsAsync(
        async () => (await cluster.Api.KubectlAsync("get events -o jsonpath={.items[*].message}")).Contains(message, StringComparison.Ordinal), $"an event tells: {message}", Token, Patience);
}
