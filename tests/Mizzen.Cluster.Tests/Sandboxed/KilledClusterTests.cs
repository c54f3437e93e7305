using System.Diagnostics;
using System.Globalization;
using Mizzen.Testing;
using Mizzen.Testing.Sandbox;

namespace Mizzen.Cluster.Tests.Sandboxed;

/// <summary>Whoever is killed, and however hard: nothing of the cluster stays on the host.</summary>
public sealed class KilledClusterTests
{
    // A program, a cluster and a pod have to start, perhaps beside many others.
    private static readonly TimeSpan WholeCluster = TimeSpan.FromMinutes(2);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Victims => new(
        from user in SandboxProgram.Users
        from victim in (string[])["unshare", "cluster process"]
        select (user, victim));

    [Theory]
    [MemberData(nameof(Victims))]
    public async Task Kill_9_leaves_no_process_namespace_link_or_mount(string user, string victim)
    {
        var mounts = await File.ReadAllLinesAsync("/proc/self/mounts", Token);
        var links = await LinksAsync();
        using var program = SandboxProgram.Start(user, "-method", $"{typeof(LastingPod).FullName}.{nameof(LastingPod.Runs_until_it_is_killed)}");
        var sandbox = program.Process;
        var output = sandbox.StandardOutput.ReadToEndAsync(Token);
        await Eventually.HoldsAsync(
            () => Task.FromResult(Processes(LastingPod.Marker).Count >= 3 || sandbox.HasExited), "the pod runs", Token, WholeCluster);
        Assert.False(sandbox.HasExited, sandbox.HasExited ? await output : "");
        var pod = Processes(LastingPod.Marker)[0];
        var network = new FileInfo($"/proc/{pod}/ns/net").LinkTarget;
        Assert.NotEqual(new FileInfo("/proc/self/ns/net").LinkTarget, network);

        if (victim == "unshare")
        {
            sandbox.Kill();
        }
        else
        {
            using var process = Process.GetProcessById(await ClusterProcessAsync(sandbox.Id));
            process.Kill();
        }

        await Eventually.HoldsAsync(() => Processes(LastingPod.Marker).Count == 0, "no process of the pod is left", Token);
        await Eventually.HoldsAsync(() => Processes(typeof(LastingPod).FullName!).Count == 0, "no process of the cluster is left", Token);
        Assert.DoesNotContain(network, AllNetworks());
        Assert.Equal(mounts, await File.ReadAllLinesAsync("/proc/self/mounts", Token));
        Assert.Equal(links, await LinksAsync());
    }

    // unshare has one child, the sandbox's process 1.
    private static async Task<int> ClusterProcessAsync(int parent)
    {
        var children = await File.ReadAllTextAsync($"/proc/{parent}/task/{parent}/children", Token);
        return int.Parse(children.Trim(), CultureInfo.InvariantCulture);
    }

    private static async Task<string[]> LinksAsync() =>
        [.. (await File.ReadAllLinesAsync("/proc/net/dev", Token)).Skip(2).Select(line => line.Split(':')[0].Trim())];

    private static List<int> Processes(string word) =>
        [.. Numbers().Where(process => Read($"/proc/{process}/cmdline").Split('\0').Any(argument => argument.Contains(word, StringComparison.Ordinal)))];

    private static List<string?> AllNetworks() => [.. Numbers().Select(process =>
    {
        try
        {
            return new FileInfo($"/proc/{process}/ns/net").LinkTarget;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    })];

    private static IEnumerable<int> Numbers() => Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) ? id : -1)
        .Where(id => id > 0 && id != Environment.ProcessId);

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
