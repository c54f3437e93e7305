using Mizzen.EndToEnd.Tests.Support;

namespace Mizzen.EndToEnd.Tests.Clients;

/// <summary>
/// A gRPC program that speaks xDS by the library of the gRPC project (<c>@grpc/grpc-js-xds</c>), as it is, with the file that
/// <c>mizzen bootstrap grpc</c> prints: <c>xds.mjs</c> holds the conversation.
/// </summary>
public sealed class GrpcXdsTests(ClientCluster fixture) : IClassFixture<ClientCluster>
{
    private const string PlainPort = """[{"op":"add","path":"/spec/template/spec/containers/0/args/-","value":"--grpcAddr=:15010"}]""";

    [Fact]
    public async Task It_follows_routes_weights_faults_and_endpoints()
    {
        var cluster = fixture.Cluster;
        (await cluster.KubectlAsync("patch", "deployment", "istiod", "-n", "istio-system", "--type=json", "-p", PlainPort)).Succeeded();
        (await cluster.KubectlAsync("rollout", "status", "deployment/istiod", "-n", "istio-system", "--timeout=120s")).Succeeded();
        var forward = await ForwardAsync();
        using var forwarding = forward.Command;

        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(
            file, (await cluster.MizzenAsync("bootstrap", "grpc", "--service", "shop.default", "--address", $"127.0.0.1:{forward.Port}")).Succeeded(), TestContext.Current.CancellationToken);
        var said = await cluster.ShellAsync($"GRPC_XDS_BOOTSTRAP={file} timeout 240 {await NodePackages.CommandAsync("xds.mjs")}");
        File.Delete(file);

        Assert.Equal(
            """
            both endpoints answer
            without the header the first
            with the header the second
            four of five calls go to the first
            an injected fault is the status
            and ends
            another endpoint takes the place of the first
            without endpoints calls fail
            and come back

            """,
            said.Succeeded());
    }

    private async Task<(RunningCommand Command, string Port)> ForwardAsync()
    {
        var command = Command.Start(["kubectl", "--kubeconfig", fixture.Cluster.Kubeconfig, "-n", "istio-system", "port-forward", "deployment/istiod", ":15010"], new Dictionary<string, string>());
        await command.SaysAsync("Forwarding from 127.0.0.1:");
        return (command, command.Said.Split("127.0.0.1:")[1].Split(' ')[0]);
    }
}
