namespace Mizzen.EndToEnd.Tests.Support;

/// <summary>What a cluster must not change on the host: links, addresses, routes, packet rules and mounts.</summary>
internal static class HostState
{
    private static readonly Dictionary<string, string> NoVariables = [];

    public static async Task<string> ReadAsync()
    {
        string[][] commands = [["ip", "-o", "link"], ["ip", "-4", "-o", "route"], ["ip", "netns", "list"]];
        var parts = new List<string>();
        foreach (var command in commands)
        {
            parts.Add((await Command.RunAsync(command, NoVariables, TestContext.Current.CancellationToken)).Succeeded());
        }

        if (Environment.IsPrivilegedProcess)
        {
            parts.Add((await Command.RunAsync(["nft", "list", "ruleset"], NoVariables, TestContext.Current.CancellationToken)).Succeeded());
        }

        parts.Add(await File.ReadAllTextAsync("/proc/self/mounts", TestContext.Current.CancellationToken));
        return string.Join('\n', parts);
    }
}
