using System.Text.Json.Nodes;
using Mizzen.Testing;

namespace Mizzen.EndToEnd.Tests.Support;

/// <summary>A cluster that the shipped program has started in the background, with a home folder of its own, ended with the test.</summary>
internal sealed class LocalCluster : IAsyncDisposable
{
    private readonly string _home;
    private readonly IReadOnlyList<string> _as;

    private LocalCluster(string name, string home, IReadOnlyList<string> runAs)
    {
        Name = name;
        _home = home;
        _as = runAs;
    }

    public string Name { get; }

    /// <summary>The cluster's own directory; its path stands in the command line of the cluster process.</summary>
    public string Directory => Path.Combine(_home, "clusters", Name);

    /// <summary>What clients need to reach the API, as its administrator.</summary>
    public string Kubeconfig => Path.Combine(Directory, "kubeconfig");

    public Uri Gateway { get; private set; } = new("http://localhost");

    /// <summary>The process whose end ends the cluster.</summary>
    public int ProcessId { get; private set; }

    /// <summary>Starts <c>mizzen VERB --detach</c> with more arguments.</summary>
    /// <param name="verb"><c>up</c> or <c>demo</c>.</param>
    /// <param name="runAs">The words before the program that make it another user's; empty for this one.</param>
    /// <param name="arguments">More options.</param>
    public static async Task<LocalCluster> StartAsync(string verb, IReadOnlyList<string> runAs, params string[] arguments)
    {
        var home = System.IO.Directory.CreateTempSubdirectory("mizzen-e2e-").FullName;
        File.SetUnixFileMode(home, (UnixFileMode)0b111_111_111);
        var cluster = new LocalCluster("e2e-" + Path.GetFileName(home)[^6..].ToLowerInvariant(), Path.Combine(home, "home"), runAs);
        var started = await cluster.MizzenAsync([verb, "--detach", "--gateway-port", "0", .. arguments]);
        if (started.ExitCode != 0)
        {
            await cluster.DisposeAsync();
        }

        started.Succeeded();
        cluster.ReadRecord();
        return cluster;
    }

    /// <summary>Runs a verb of the program against this cluster; a verb with <c>--</c> names it itself.</summary>
    public Task<CommandResult> MizzenAsync(params string[] arguments)
    {
        var named = arguments[0] is "image" || arguments.Contains("--name") || arguments.Contains("--local-cluster") ? arguments : [.. arguments, "--name", Name];
        return Command.RunAsync([.. _as, Repository.PathOf("mizzen"), .. named], Environment, TestContext.Current.CancellationToken);
    }

    /// <summary>Starts a verb that goes on until it is ended; the options that name the cluster come before <c>--</c>.</summary>
    public RunningCommand StartMizzen(string verb, params string[] arguments) =>
        Command.Start([.. _as, Repository.PathOf("artifacts", "mizzen", "mizzen"), verb, "--name", Name, .. arguments], Environment);

    /// <summary>Runs the real kubectl against this cluster.</summary>
    public Task<CommandResult> KubectlAsync(params string[] arguments) => KubectlAsync(null, arguments);

    /// <summary>Runs the real kubectl with a text as its standard input.</summary>
    public Task<CommandResult> KubectlAsync(string? input, string[] arguments) =>
        Command.RunAsync([.. _as, "kubectl", .. arguments], Environment, TestContext.Current.CancellationToken, input);

    /// <summary>Runs a script of the shell, in which kubectl talks to this cluster.</summary>
    public Task<CommandResult> ShellAsync(string script) =>
        Command.RunAsync([.. _as, "/bin/sh", "-c", script], Environment, TestContext.Current.CancellationToken);

    /// <summary>Applies YAML with the real kubectl.</summary>
    public Task<CommandResult> ApplyAsync(string yaml) => KubectlAsync(yaml, ["apply", "-f", "-"]);

    /// <summary>Applies a file of the time sample with the real kubectl.</summary>
    public async Task ApplyStepAsync(string file) =>
        (await KubectlAsync("apply", "-f", Repository.PathOf("samples", "time", "steps", file))).Succeeded();

    public async ValueTask DisposeAsync()
    {
        if (System.IO.Directory.Exists(Directory))
        {
            await MizzenAsync("down");
        }

        var parent = Path.GetDirectoryName(_home)!;
        if (System.IO.Directory.Exists(parent))
        {
            System.IO.Directory.Delete(parent, recursive: true);
        }
    }

    private Dictionary<string, string> Environment => new()
    {
        ["MIZZEN_HOME"] = _home,
        ["HOME"] = Path.GetDirectoryName(_home)!,
        ["KUBECONFIG"] = Kubeconfig,
    };

    private void ReadRecord()
    {
        var record = JsonNode.Parse(File.ReadAllText(Path.Combine(Directory, "cluster.json")))!;
        Gateway = new Uri((string)record["gateway"]!);
        ProcessId = (int)record["processId"]!;
    }
}
