using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Mizzen.Testing;
using Mizzen.Testing.Sandbox;

namespace Mizzen.Cluster.Tests.Sandboxed;

/// <summary>The real kubectl talks to programs in containers.</summary>
public sealed class StreamScenarios
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [SandboxedFact]
    public async Task A_command_runs_in_a_container_as_the_user_says()
    {
        await using var cluster = await RunningCluster.StartAsync();
        await cluster.ApplyAsync(Sleeper);
        await cluster.UntilReadyAsync("sleeper");

        Assert.Equal("sleeper\n", await cluster.Api.KubectlAsync("exec sleeper -- hostname"));
        Assert.Equal("hello blue\n", await cluster.Api.KubectlAsync("exec sleeper -c main -- sh -c \"echo hello $COLOR\""));
        Assert.Equal("some text", await cluster.Api.KubectlAsync("exec -i sleeper -- cat", "some text"));

        var (code, output, errors) = await cluster.Api.RunKubectlAsync("exec sleeper -- sh -c \"echo out; echo err >&2; exit 7\"");
        Assert.Equal((7, "out\n"), (code, output));
        Assert.Equal("err\ncommand terminated with exit code 7\n", errors);
        Assert.Equal(137, (await cluster.Api.RunKubectlAsync("exec sleeper -- sh -c \"kill -9 $$\"")).Code);

        var large = await cluster.Api.KubectlAsync("exec sleeper -- head -c 3000000 /dev/zero");
        Assert.Equal(3_000_000, large.Length);
    }

    [SandboxedTheory]
    [InlineData("exec sleeper -- nosuch", "exec: \"nosuch\": executable file not found in $PATH")]
    [InlineData("exec sleeper -- /etc", "exec: \"/etc\": is a directory")]
    [InlineData("exec sleeper -c other -- true", "container other is not valid for pod sleeper")]
    [InlineData("exec nobody -- true", "pods \"nobody\" not found")]
    [InlineData("exec done -- true", "cannot exec into a container in a completed pod; current phase is Succeeded")]
    [InlineData("port-forward done :80", "unable to forward port because pod is not running. Current status=Succeeded")]
    public async Task A_mistake_is_told_in_the_words_of_Kubernetes(string command, string message)
    {
        await using var cluster = await RunningCluster.StartAsync();
        await cluster.ApplyAsync(Sleeper);
        await cluster.ApplyAsync(Sleeper.Replace("sleeper", "done", StringComparison.Ordinal).Replace("exec sleep 1000", "exit 0", StringComparison.Ordinal).Replace("Always", "Never", StringComparison.Ordinal));
        await cluster.UntilReadyAsync("sleeper");
        await cluster.UntilPhaseAsync("done", "Succeeded");

        var (code, _, errors) = await cluster.Api.RunKubectlAsync(command);

        Assert.NotEqual(0, code);
        Assert.Contains(message, errors, StringComparison.Ordinal);
    }

    [SandboxedFact]
    public async Task A_container_that_waits_to_be_started_again_is_not_found()
    {
        await using var cluster = await RunningCluster.StartAsync();
        await cluster.ApplyAsync(Sleeper.Replace("exec sleep 1000", "exit 1", StringComparison.Ordinal));
        await cluster.UntilAsync("sleeper", pod => pod.Status?.ContainerStatuses?[0].State?.Waiting?.Reason == "CrashLoopBackOff", "it is backed off");

        var (code, _, errors) = await cluster.Api.RunKubectlAsync("exec sleeper -- true");

        Assert.Equal((1, "error: unable to upgrade connection: container not found (\"main\")\n"), (code, errors));
    }

    [SandboxedFact]
    public async Task A_terminal_has_the_size_of_the_users_and_ends_with_him()
    {
        await using var cluster = await RunningCluster.StartAsync();
        await cluster.ApplyAsync(Sleeper);
        await cluster.UntilReadyAsync("sleeper");
        // script(1) is the user: it gives kubectl a terminal.
        using var user = StartTerminal(cluster, "stty rows 41 cols 97; exec kubectl exec -it sleeper -- sh");
        var output = user.StandardOutput.ReadToEndAsync(Token);

        await user.StandardInput.WriteAsync("until test \"$(stty size)\" = '41 97'; do sleep 0.1; done; echo size-$(stty size | tr ' ' x); tty; exit 3\n");
        await user.StandardInput.FlushAsync(Token);
        await user.WaitForExitAsync(Token);

        var text = await output;
        Assert.Contains("size-41x97", text, StringComparison.Ordinal);
        Assert.Contains("/dev/pts/", text, StringComparison.Ordinal);
        Assert.Contains("exit code 3", text, StringComparison.Ordinal);
    }

    [SandboxedFact]
    public async Task Who_attaches_hears_the_program_and_may_talk_to_it()
    {
        await using var cluster = await RunningCluster.StartAsync();
        await cluster.ApplyAsync(Sleeper.Replace("image: shell", "image: shell\n    stdin: true\n    stdinOnce: true", StringComparison.Ordinal)
            .Replace("exec sleep 1000", "echo ready; while read line; do echo heard $line; done; echo over; exec sleep 1000", StringComparison.Ordinal));
        await cluster.UntilReadyAsync("sleeper");

        using var attached = cluster.Api.StartKubectl("attach -i sleeper");
        var heard = new StringBuilder();
        attached.OutputDataReceived += (_, line) => heard.AppendLine(line.Data);
        attached.BeginOutputReadLine();
        await attached.StandardInput.WriteLineAsync("a word");
        await attached.StandardInput.FlushAsync(Token);
        await Eventually.HoldsAsync(() => heard.ToString().Contains("heard a word", StringComparison.Ordinal), "the program answers", Token);
        attached.StandardInput.Close();
        await Eventually.HoldsAsync(() => heard.ToString().Contains("over", StringComparison.Ordinal), "the program hears the end of its input", Token);

        Assert.Equal("ready\nheard a word\nover\n", await cluster.Api.KubectlAsync("logs sleeper"));
        attached.Kill();
    }

    [SandboxedFact]
    public async Task Run_with_a_terminal_shows_what_the_program_says_and_removes_it()
    {
        await using var cluster = await RunningCluster.StartAsync();
        var output = await cluster.Api.KubectlAsync("run once --image shell --restart Never --rm -i --quiet -- \"cat; echo bye\"", "from outside\n");

        Assert.Contains("from outside\nbye\n", output, StringComparison.Ordinal);
        await cluster.UntilGoneAsync("once");
    }

    [SandboxedFact]
    public async Task Files_are_copied_in_and_out()
    {
        await using var cluster = await RunningCluster.StartAsync();
        await cluster.ApplyAsync(Sleeper);
        await cluster.UntilReadyAsync("sleeper");
        var source = Path.Combine(cluster.Api.Folder, "source");
        Directory.CreateDirectory(Path.Combine(source, "deep"));
        await File.WriteAllTextAsync(Path.Combine(source, "deep", "file"), "content", Token);

        await cluster.Api.KubectlAsync($"cp {source} sleeper:/run/copy");
        await cluster.Api.KubectlAsync($"cp sleeper:/run/copy {cluster.Api.Folder}/back");

        Assert.Equal("content", await cluster.Api.KubectlAsync("exec sleeper -- cat /run/copy/deep/file"));
        Assert.Equal("content", await File.ReadAllTextAsync(Path.Combine(cluster.Api.Folder, "back", "deep", "file"), Token));
        Assert.False(Directory.Exists("/run/copy"), "only the container sees it");
    }

    [SandboxedFact]
    public async Task Ports_of_the_pods_loopback_are_forwarded()
    {
        await using var cluster = await RunningCluster.StartAsync();
        await cluster.ApplyAsync(Server);
        await cluster.UntilReadyAsync("server");

        using var forward = cluster.Api.StartKubectl("port-forward server :8081 :8082");
        var errors = forward.StandardError.ReadToEndAsync(Token);
        var served = await PortOfAsync(forward);
        var dead = await PortOfAsync(forward);
        for (var i = 0; i < 3; i++)
        {
            var answer = await new HttpClient().GetStringAsync(new Uri($"http://127.0.0.1:{served}/file"), Token);
            Assert.Equal(400_000, answer.Length);
        }

        using var refused = new TcpClient("127.0.0.1", dead);
        Assert.Equal(0, await refused.GetStream().ReadAsync(new byte[1], Token));
        await forward.WaitForExitAsync(Token);
        Assert.Contains("failed to connect to localhost:8082 inside its network namespace: Connection refused", await errors, StringComparison.Ordinal);
    }

    private static async Task<int> PortOfAsync(Process forward)
    {
        while (await forward.StandardOutput.ReadLineAsync(Token) is { } line)
        {
            if (line.StartsWith("Forwarding from 127.0.0.1:", StringComparison.Ordinal))
            {
                return int.Parse(line["Forwarding from 127.0.0.1:".Length..].Split(' ')[0], CultureInfo.InvariantCulture);
            }
        }

        throw new InvalidOperationException("kubectl does not forward");
    }

    private static Process StartTerminal(RunningCluster cluster, string command) => Process.Start(
        new ProcessStartInfo("script", ["-qec", command, "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["KUBECONFIG"] = cluster.Api.Kubeconfig, ["HOME"] = cluster.Api.Folder, ["SHELL"] = "/bin/sh" },
        })!;

    private const string Sleeper = """
        apiVersion: v1
        kind: Pod
        metadata: {name: sleeper}
        spec:
          restartPolicy: Always
          terminationGracePeriodSeconds: 0
          containers:
          - name: main
            image: shell
            args: ["exec sleep 1000"]
            env: [{name: COLOR, value: blue}]
        """;

    private const string Server = """
        apiVersion: v1
        kind: Pod
        metadata: {name: server}
        spec:
          terminationGracePeriodSeconds: 0
          containers:
          - name: main
            image: shell
            args: ["mkdir -p /run/www && head -c 400000 /dev/zero > /run/www/file && exec python3 -m http.server -b 127.0.0.1 -d /run/www 8081"]
            readinessProbe: {exec: {command: [grep, -q, ":1F91", /proc/net/tcp]}, periodSeconds: 1}
        """;
}
