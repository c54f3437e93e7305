using System.Diagnostics;
using Mizzen.EndToEnd.Tests.Support;

namespace Mizzen.EndToEnd.Tests;

/// <summary>However a cluster ends, the machine is as it was: no process, link, rule, mount or file of it stays.</summary>
public sealed class NothingLeftTests
{
    /// <summary>Who starts the cluster: this user, and an ordinary one with user namespaces.</summary>
    public static TheoryData<string> Users => Environment.IsPrivilegedProcess ? ["this user", "nobody"] : ["this user"];

    [Theory]
    [MemberData(nameof(Users))]
    public async Task Down_ends_everything(string user)
    {
        var before = await HostState.ReadAsync();
        await using var cluster = await LocalCluster.StartAsync("demo", RunAs(user));
        using var client = new Client(cluster.Gateway);
        Assert.Equal(200, (await client.GetAsync()).Status);

        (await cluster.MizzenAsync("down")).Succeeded();
        Assert.False(Directory.Exists(cluster.Directory));
        Assert.Empty(ProcessesOf(cluster));
        Assert.Equal(before, await HostState.ReadAsync());
    }

    [Theory]
    [MemberData(nameof(Users))]
    public async Task Kill_9_of_the_cluster_process_ends_everything(string user)
    {
        var before = await HostState.ReadAsync();
        await using var cluster = await LocalCluster.StartAsync("up", RunAs(user));
        Assert.NotEmpty(ProcessesOf(cluster));
        using (var process = Process.GetProcessById(cluster.ProcessId))
        {
            process.Kill();
        }

        await DemoCluster.UntilAsync(() => Task.FromResult(ProcessesOf(cluster).Count == 0), "every process of the cluster is gone");
        Assert.Equal(before, await HostState.ReadAsync());
        Assert.Contains("no cluster", (await cluster.MizzenAsync("status")).Succeeded(), StringComparison.Ordinal);
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

    private static IReadOnlyList<string> RunAs(string user) =>
        user == "nobody" ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];

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
