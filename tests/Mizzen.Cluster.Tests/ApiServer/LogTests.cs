using Mizzen.Cluster.Node;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Tests.ApiServers;

/// <summary>kubectl logs, from files as the nodes write them.</summary>
public sealed class LogTests(RunningApiServer api) : IClassFixture<RunningApiServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_last_run_is_shown_whole_or_its_tail_or_with_times()
    {
        var folder = await PodWithLogFolderAsync("plain");
        await File.WriteAllTextAsync(ContainerLog.FileOf(folder, 0), "2026-01-01T00:00:00.000000000Z stdout F before the restart\n", Token);
        await File.WriteAllTextAsync(
            ContainerLog.FileOf(folder, 1),
            "2026-01-01T00:00:01.000000000Z stdout F one\n2026-01-01T00:00:02.000000000Z stderr F two  blanks\n2026-01-01T00:00:03.000000000Z stdout F three\n",
            Token);
        Assert.Equal("one\ntwo  blanks\nthree\n", await api.KubectlAsync("logs plain"));
        Assert.Equal("two  blanks\nthree\n", await api.KubectlAsync("logs plain --tail=2"));
        Assert.Equal("2026-01-01T00:00:03.000000000Z three\n", await api.KubectlAsync("logs plain --tail=1 --timestamps"));
        Assert.Equal("three\n", await api.KubectlAsync("logs plain --since-time=2026-01-01T00:00:03Z"));
        Assert.Equal("before the restart\n", await api.KubectlAsync("logs plain --previous"));
        Assert.Equal("one\ntw", await api.KubectlAsync("logs plain --limit-bytes=6"));
    }

    [Fact]
    public async Task Following_goes_on_until_the_container_has_ended()
    {
        var folder = await PodWithLogFolderAsync("followed");
        var file = ContainerLog.FileOf(folder, 0);
        await File.WriteAllTextAsync(file, "2026-01-01T00:00:01.0Z stdout F first\n2026-01-01T00:00:02.0Z stdout F sec", Token);
        using var follow = api.StartKubectl("logs -f followed");
        Assert.Equal("first", await follow.StandardOutput.ReadLineAsync(Token));
        await File.AppendAllTextAsync(file, "ond\n", Token);
        Assert.Equal("second", await follow.StandardOutput.ReadLineAsync(Token));
        await api.SendAsync(
            "PATCH",
            "/api/v1/namespaces/default/pods/followed/status",
            """{"status":{"containerStatuses":[{"name":"c","image":"i","imageID":"i","restartCount":0,"state":{"terminated":{"exitCode":0}}}]}}""",
            "application/merge-patch+json");
        Assert.Null(await follow.StandardOutput.ReadLineAsync(Token));
        await follow.WaitForExitAsync(Token);
        Assert.Equal(0, follow.ExitCode);
    }

    [Theory]
    [InlineData("logs waiting", "container \"c\" in pod \"waiting\" is waiting to start: ContainerCreating")]
    [InlineData("logs waiting --previous", "previous terminated container \"c\" in pod \"waiting\" not found")]
    [InlineData("logs waiting -c other", "container other is not valid for pod waiting")]
    public async Task What_is_not_there_is_said(string command, string message)
    {
        if (await api.Client.FindAsync<Pod>("default", "waiting", Token) is null)
        {
            await PodWithLogFolderAsync("waiting");
        }

        var (code, _, errors) = await api.RunKubectlAsync(command);
        Assert.Equal(1, code);
        Assert.Contains(message, errors, StringComparison.Ordinal);
    }

    private async Task<string> PodWithLogFolderAsync(string name)
    {
        await api.SendAsync("POST", "/api/v1/namespaces/default/pods", $$"""{"metadata":{"name":"{{name}}"},"spec":{"containers":[{"name":"c","image":"i"}]} }""");
        await api.SendAsync("POST", $"/api/v1/namespaces/default/pods/{name}/binding", """{"target":{"name":"node-1"}}""");
        var pod = await api.Client.GetAsync<Pod>("default", name, Token);
        return Directory.CreateDirectory(PodLogs.FolderOf(api.LogsFolder, pod, "c")).FullName;
    }
}
