using Mizzen.EndToEnd.Tests.Support;

namespace Mizzen.EndToEnd.Tests;

/// <summary><c>mizzen dev</c>: a program of the user's in the place of a workload, and everything as before when it ends.</summary>
public sealed class DevelopmentTests(DemoCluster demo) : IClassFixture<DemoCluster>
{
    private const string Target = "deployment/backend-prod";

    [Fact]
    public async Task A_program_takes_the_traffic_of_a_workload_and_gives_it_back_without_a_failed_request()
    {
        await demo.ResetAsync();
        using var done = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var traffic = AskUntilAsync(done.Token);

        using var dev = Start("-e", "SERVICE_NAME=my-laptop");
        await dev.SaysAsync($"has the place of {Target}");
        await DemoCluster.UntilAsync(async () => (await demo.Client.GetManyAsync(8)).All(IsMine), "only the program answers");
        Assert.Equal("0", await ReplicasAsync());
        var code = await dev.EndAsync();

        Assert.True(code == 0, dev.Said);
        Assert.Contains("my-laptop listens on port 3000", dev.Said, StringComparison.Ordinal);
        await IsAsBeforeAsync();
        Assert.DoesNotContain(await demo.Client.GetManyAsync(8), IsMine);
        await done.CancelAsync();
        Assert.All(await traffic, answer => Assert.Equal(200, answer.Status));
    }

    [Fact]
    public async Task A_killed_verb_is_cleaned_up_by_the_cluster()
    {
        await demo.ResetAsync();
        using var dev = Start("-e", "SERVICE_NAME=my-laptop");
        await dev.SaysAsync($"has the place of {Target}");

        dev.Kill();

        await DemoCluster.UntilAsync(async () => (await demo.Cluster.KubectlAsync("get", "lease", "mizzen-dev-backend-prod")).ExitCode != 0, "the cluster ended it");
        await IsAsBeforeAsync();
    }

    [Theory]
    [InlineData("the exit code is the program's", Target, 7, "is as before", "sh", "-c", "echo working; exit 7")]
    [InlineData("a program that does not exist", Target, 1, "stat /no/such/program: no such file or directory", "/no/such/program")]
    [InlineData("a service with two workloads", "middleware", 1, "deployment/middleware-canary, deployment/middleware-prod", "true")]
    [InlineData("a service that does not exist", "backnd", 1, "there is no service backnd in the namespace default", "true")]
    [InlineData("a container that does not exist", Target + " -c sidecar", 1, "has no container sidecar; it has: app", "true")]
    [InlineData("a variable without a value", Target + " -e NOT_SET_HERE", 1, "--env NOT_SET_HERE=VALUE", "true")]
    public async Task What_goes_wrong_is_said_and_changes_nothing(string what, string arguments, int code, string message, params string[] program)
    {
        var result = await demo.Cluster.MizzenAsync(["dev", "--name", demo.Cluster.Name, .. arguments.Split(' '), "--", .. program]);
        Assert.True(result.ExitCode == code && result.Everything.Contains(message, StringComparison.Ordinal), $"{what}: {result.Everything}");
        await IsAsBeforeAsync();
    }

    private RunningCommand Start(params string[] options) =>
        demo.Cluster.StartMizzen("dev", [Target, .. options, "--", Testing.Repository.PathOf("artifacts", "mizzen", "samples", "time", "bin", "time-app")]);

    private async Task<IReadOnlyList<Answer>> AskUntilAsync(CancellationToken done)
    {
        var answers = new List<Answer>();
        while (!done.IsCancellationRequested)
        {
            answers.Add(await demo.Client.GetAsync());
        }

        return answers;
    }

    private async Task IsAsBeforeAsync()
    {
        Assert.Equal("1", await ReplicasAsync());
        Assert.DoesNotContain("-dev-", (await demo.Cluster.KubectlAsync("get", "pods,leases", "-o", "name")).Succeeded(), StringComparison.Ordinal);
    }

    private async Task<string> ReplicasAsync() =>
        (await demo.Cluster.KubectlAsync("get", Target, "-o", "jsonpath={.spec.replicas}")).Succeeded();

    private static bool IsMine(Answer answer) => answer.Body.Contains("my-laptop", StringComparison.Ordinal);
}
