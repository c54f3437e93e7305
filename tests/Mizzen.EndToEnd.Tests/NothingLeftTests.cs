using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Mizzen.EndToEnd.Tests.Support;

namespace Mizzen.EndToEnd.Tests;

/// <summary>However a cluster ends, the machine is as it was: no process, link, rule, mount or file of it stays.</summary>
public sealed class NothingLeftTests
{
    public static TheoryData<string> Users => [.. TestUser.All];

    public static TheoryData<string, string> Victims => new(
        from user in TestUser.All
        from victim in (string[])["unshare", "cluster process"]
        select (user, victim));

    [Theory]
    [MemberData(nameof(Users))]
    public async Task Down_ends_everything(string user)
    {
        var before = await HostState.ReadAsync();
        await using var cluster = await LocalCluster.StartAsync("demo", TestUser.Command(user));
        using var client = new Client(cluster.Gateway);
        Assert.Equal(200, (await client.GetAsync()).Status);

        (await cluster.MizzenAsync("down")).Succeeded();
        Assert.False(Directory.Exists(cluster.Directory));
        Assert.Empty(ProcessesOf(cluster));
        Assert.Equal(before, await HostState.ReadAsync());
    }

    [Theory]
    [MemberData(nameof(Victims))]
    public async Task Kill_9_of_either_of_its_first_processes_ends_everything(string user, string victim)
    {
        var before = await HostState.ReadAsync();
        await using var cluster = await LocalCluster.StartAsync("up", TestUser.Command(user));
        Assert.NotEmpty(ProcessesOf(cluster));
        Kill(victim == "unshare" ? cluster.ProcessId : ChildrenOf(cluster.ProcessId).Single());
        await DemoCluster.UntilAsync(() => Task.FromResult(ProcessesOf(cluster).Count == 0), "every process of the cluster is gone");
        Assert.Equal(before, await HostState.ReadAsync());
        Assert.Contains("no cluster", (await cluster.MizzenAsync("status")).Succeeded(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Users))]
    public async Task Kill_9_of_a_program_in_a_pod_is_mended_and_leaves_nothing(string user)
    {
        var before = await HostState.ReadAsync();
        await using var cluster = await LocalCluster.StartAsync("demo", TestUser.Command(user));
        using var client = new Client(cluster.Gateway);
        foreach (var (app, proxy) in new[] { ("istiod", false), ("istio-ingressgateway", true), ("backend-prod", false), ("backend-prod", true) })
        {
            var pod = await PodAsync(cluster, app);
            Kill(ProgramOf(cluster, (string)pod["metadata"]!["name"]!, proxy));
            await DemoCluster.UntilAsync(
                async () => await PodAsync(cluster, app) is var now && RestartsOf(now) > RestartsOf(pod) && IsReady(now), $"{(proxy ? "the proxy of " : "")}{app} is back");
        }

        await DemoCluster.UntilAsync(async () => (await client.GetManyAsync(12)).All(answer => answer.Status == 200), "the app answers");
        (await cluster.MizzenAsync("down")).Succeeded();
        Assert.Empty(ProcessesOf(cluster));
        Assert.Equal(before, await HostState.ReadAsync());
    }

    [Fact]
    public async Task Two_clusters_run_side_by_side()
    {
        await using var first = await LocalCluster.StartAsync("up", []);
        await using var second = await LocalCluster.StartAsync("up", [], "--nodes", "2");
        Assert.NotEqual(first.Gateway, second.Gateway);
        var nodes = (await second.KubectlAsync("get", "nodes", "-o", "name")).Succeeded();
        Assert.Equal(["node/node-1", "node/node-2"], nodes.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(4, (await first.KubectlAsync("get", "nodes", "-o", "name")).Succeeded().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    private static void Kill(int processId)
    {
        using var process = Process.GetProcessById(processId);
        process.Kill();
    }

    private static IEnumerable<int> ChildrenOf(int processId) =>
        File.ReadAllText($"/proc/{processId}/task/{processId}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(child => int.Parse(child, CultureInfo.InvariantCulture));

    private static async Task<JsonNode> PodAsync(LocalCluster cluster, string app) =>
        JsonNode.Parse((await cluster.KubectlAsync("get", "pods", "-A", "-o", "json")).Succeeded())!["items"]!.AsArray()
            .Single(pod => ((string)pod!["metadata"]!["name"]!).StartsWith(app + "-", StringComparison.Ordinal))!;

    private static int RestartsOf(JsonNode pod) => Containers(pod).Sum(container => (int)container["restartCount"]!);

    private static bool IsReady(JsonNode pod) => Containers(pod).All(container => (bool)container["ready"]!);

    private static IEnumerable<JsonNode> Containers(JsonNode pod) => new[] { pod["status"]!["initContainerStatuses"], pod["status"]!["containerStatuses"] }
        .OfType<JsonArray>()
        .SelectMany(statuses => statuses.Select(status => status!))
        .Where(status => (string?)status["state"]!["terminated"]?["reason"] != "Completed");

    // The pods' programs belong to no shell or other process of the cluster process, and know their pod's name.
    private static int ProgramOf(LocalCluster cluster, string pod, bool proxy) => Descendants(cluster.ProcessId).First(id =>
        Read(id, "environ").Split('\0').Contains($"HOSTNAME={pod}") && Read(id, "cmdline").Split('\0')[0].EndsWith("mizzen-proxy", StringComparison.Ordinal) == proxy);

    private static IEnumerable<int> Descendants(int processId) => ChildrenOf(processId).SelectMany(child => Descendants(child).Prepend(child));

    private static string Read(int id, string file) => File.ReadAllText($"/proc/{id}/{file}");

    // Every process of a cluster has its directory in its command line or, as a pod's program, in its environment or mounts.
    private static List<int> ProcessesOf(LocalCluster cluster)
    {
        var found = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out var id) && id != Environment.ProcessId && Mentions(folder, cluster.Directory))
            {
                found.Add(id);
            }
        }

        return found;
    }

    private static bool Mentions(string processFolder, string text)
    {
        try
        {
            return new[] { "cmdline", "mountinfo" }.Any(
                file => File.ReadAllText(Path.Combine(processFolder, file)).Contains(text, StringComparison.Ordinal));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It ended while we looked.
            return false;
        }
    }
}
