using System.Net;
using System.Text;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Mizzen.EndToEnd.Tests.Clients;

/// <summary>The C# client library of the Kubernetes project, as it is.</summary>
public abstract class DotNetClientConversations(ClientCluster fixture)
{
    private const string Namespace = "default";

    private Kubernetes Client => fixture.Client;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_watch_goes_on_where_a_list_ended_and_tells_of_every_change_in_order()
    {
        var list = await Client.CoreV1.ListNamespacedConfigMapAsync(Namespace, labelSelector: "test=watch", cancellationToken: Token);
        Assert.Empty(list.Items);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
        enough.CancelAfter(TimeSpan.FromSeconds(30));
        var watch = Client.CoreV1.WatchListNamespacedConfigMapAsync(
            Namespace, labelSelector: "test=watch", resourceVersion: list.ResourceVersion(), allowWatchBookmarks: true, cancellationToken: enough.Token);

        var made = await Client.CoreV1.CreateNamespacedConfigMapAsync(Map("watched", "watch", "red"), Namespace, cancellationToken: Token);
        made.Data["color"] = "blue";
        await Client.CoreV1.ReplaceNamespacedConfigMapAsync(made, made.Name(), Namespace, cancellationToken: Token);
        await Client.CoreV1.DeleteNamespacedConfigMapAsync(made.Name(), Namespace, cancellationToken: Token);

        var events = await watch.Where(change => change.Item1 != WatchEventType.Bookmark).Take(3).ToListAsync(enough.Token);
        Assert.Equal(
            [(WatchEventType.Added, "red"), (WatchEventType.Modified, "blue"), (WatchEventType.Deleted, "blue")],
            events.Select(change => (change.Item1, change.Item2.Data["color"])));
    }

    [Fact]
    public async Task Patches_conflicts_and_errors_are_what_the_library_expects()
    {
        var made = await Client.CoreV1.CreateNamespacedConfigMapAsync(Map("patched", "patch", "red"), Namespace, cancellationToken: Token);
        var patch = new V1Patch(new { data = new { color = "green" } }, V1Patch.PatchType.MergePatch);
        var patched = await Client.CoreV1.PatchNamespacedConfigMapAsync(patch, "patched", Namespace, cancellationToken: Token);
        Assert.Equal("green", patched.Data["color"]);

        var stale = await Assert.ThrowsAsync<HttpOperationException>(() => Client.CoreV1.ReplaceNamespacedConfigMapAsync(made, "patched", Namespace, cancellationToken: Token));
        Assert.Equal(HttpStatusCode.Conflict, stale.Response.StatusCode);
        Assert.Contains("the object has been modified", stale.Response.Content, StringComparison.Ordinal);

        var applied = await Client.CoreV1.PatchNamespacedConfigMapAsync(
            new V1Patch(Map("patched", "patch", "black"), V1Patch.PatchType.ApplyPatch), "patched", Namespace, fieldManager: "library", force: true, cancellationToken: Token);
        Assert.Contains(applied.Metadata.ManagedFields, entry => entry is { Manager: "library", Operation: "Apply" });
        Assert.Equal("black", applied.Data["color"]);
    }

    [Fact]
    public async Task A_command_runs_in_a_container_with_its_streams_and_its_exit_code()
    {
        var said = "";
        var code = await Client.NamespacedPodExecAsync("web", Namespace, "main", ["sh", "-c", "echo out; echo err >&2; exit 3"], false, TakeAsync, Token);

        Assert.Equal(3, code);
        Assert.Equal("out\n|err\n", said);

        async Task TakeAsync(Stream input, Stream output, Stream errors) => said = $"{await ReadAsync(output)}|{await ReadAsync(errors)}";
    }

    [Fact]
    public async Task What_is_written_to_a_command_arrives()
    {
        using var socket = await Client.WebSocketNamespacedPodExecAsync("web", Namespace, ["head", "-n", "1"], "main", stderr: false, stdin: true, stdout: true, tty: false, cancellationToken: Token);
        using var streams = new StreamDemuxer(socket, StreamType.RemoteCommand);
        using var output = streams.GetStream(ChannelIndex.StdOut, ChannelIndex.StdIn);
        streams.Start();

        await output.WriteAsync("hello\n"u8.ToArray(), Token);

        Assert.Equal("hello\n", await ReadAsync(output));
    }

    [Fact]
    public async Task A_port_is_forwarded()
    {
        using var socket = await Client.WebSocketNamespacedPodPortForwardAsync("web", Namespace, [8000], cancellationToken: Token);
        using var streams = new StreamDemuxer(socket, StreamType.PortForward);
        using var port = streams.GetStream((byte?)0, (byte?)0);
        streams.Start();

        await port.WriteAsync("GET /hostname HTTP/1.0\r\n\r\n"u8.ToArray(), Token);

        var answer = await ReadAsync(port);
        Assert.StartsWith("HTTP/1.0 200 OK", answer, StringComparison.Ordinal);
        Assert.EndsWith("web\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_is_followed()
    {
        await using var log = await Client.CoreV1.ReadNamespacedPodLogAsync("web", Namespace, follow: true, cancellationToken: Token);
        using var lines = new StreamReader(log);

        Assert.Equal("started", await lines.ReadLineAsync(Token));
    }

    [Fact]
    public async Task Nodes_and_pods_tell_what_they_use()
    {
        var nodes = await Client.GetKubernetesNodesMetricsAsync();
        var pods = await Client.GetKubernetesPodsMetricsByNamespaceAsync(Namespace);

        Assert.Equal(["node-1", "node-2", "node-3", "node-4"], nodes.Items.Select(node => node.Metadata.Name).Order());
        Assert.True(pods.Items.Single(pod => pod.Metadata.Name == "web").Containers.Single().Usage["memory"].ToInt64() > 1 << 20);
    }

    private static V1ConfigMap Map(string name, string test, string color) => new()
    {
        ApiVersion = "v1",
        Kind = "ConfigMap",
        Metadata = new V1ObjectMeta { Name = name, Labels = new Dictionary<string, string> { ["test"] = test } },
        Data = new Dictionary<string, string> { ["color"] = color },
    };

    private static async Task<string> ReadAsync(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8, leaveOpen: true);
        return await reader.ReadToEndAsync(Token);
    }
}

/// <inheritdoc/>
public sealed class DotNetClientTests(ClientCluster fixture) : DotNetClientConversations(fixture), IClassFixture<ClientCluster>;

/// <inheritdoc/>
public sealed class OrdinaryUserDotNetClientTests(OrdinaryUserClientCluster fixture) : DotNetClientConversations(fixture), IClassFixture<OrdinaryUserClientCluster>;
