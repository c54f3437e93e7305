using Mizzen.Mesh.Tests.Cases;
using Mizzen.Mesh.Tests.Running;
using Mizzen.Testing.Sandbox;

namespace Mizzen.Mesh.Tests;

/// <summary>Every row of every case through real proxies: real sockets, the kernel's own redirect, no cluster.</summary>
public sealed class CaseScenarios
{
    public static TheoryData<string> Cases => [.. CaseDirectory.Names];

    [SandboxedTheory]
    [MemberData(nameof(Cases))]
    public async Task Requests_go_where_the_rules_say(string name)
    {
        var directory = CaseDirectory.Read(name);
        await using var running = RunningCase.Start(directory);
        var problems = new List<string>();
        for (var i = 0; i < directory.Rows.Count; i++)
        {
            var found = await new RowCheck(running, directory.Rows[i], i).RunAsync();
            problems.AddRange(found.Select(problem => $"{directory.Rows[i]}: {problem}"));
        }

        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }
}
