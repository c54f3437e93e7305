using Mizzen.EndToEnd.Tests.Support;
using Mizzen.Testing;

namespace Mizzen.EndToEnd.Tests.Clients;

/// <summary>The JavaScript client library of the Kubernetes project, as it is; <c>client.mjs</c> holds the conversations.</summary>
public sealed class NodeClientTests(ClientCluster fixture) : IClassFixture<ClientCluster>
{
    private const string SystemCertificates = "/etc/ssl/certs/ca-certificates.crt";
    private static readonly string Source = Repository.PathOf("tests", "Mizzen.EndToEnd.Tests", "Clients", "node");
    private static readonly string Installed = Repository.PathOf("artifacts", "node-client");

    // Node.js by itself trusts its own list only; a registry behind a company's certificate is trusted where the machine trusts it.
    private static readonly Dictionary<string, string> MachineTrust = File.Exists(SystemCertificates)
        ? new() { ["NODE_EXTRA_CA_CERTS"] = SystemCertificates }
        : [];

    [Fact]
    public async Task It_finds_what_it_expects()
    {
        await InstallAsync();

        Assert.Equal("add first red\nadd second red\nupdate second blue\ndelete second blue\nkept first\n", await TalkAsync("informer"));
        Assert.Equal("typed\nout\nerr\nNonZeroExitCode 3\n", await TalkAsync("exec"));
        Assert.Equal("HTTP/1.0 200 OK\n", await TalkAsync("port-forward"));
        Assert.Equal("started\n", await TalkAsync("log"));
        Assert.Equal("node-1 node-2 node-3 node-4\n", await TalkAsync("metrics"));
        Assert.Equal("404 pods \"nobody\" not found\n", await TalkAsync("errors"));
    }

    private async Task<string> TalkAsync(string conversation) =>
        (await fixture.Cluster.ShellAsync($"timeout 60 {Installed}/node_modules/node-linux-*/bin/node {Installed}/client.mjs {conversation}")).Succeeded();

    // The library wants a younger Node.js than distributions have: it comes with it, from the same registry.
    private static async Task InstallAsync()
    {
        Directory.CreateDirectory(Installed);
        var stamp = Path.Combine(Installed, "installed");
        var wanted = await File.ReadAllTextAsync(Path.Combine(Source, "package-lock.json"), TestContext.Current.CancellationToken);
        foreach (var file in Directory.EnumerateFiles(Source))
        {
            File.Copy(file, Path.Combine(Installed, Path.GetFileName(file)), overwrite: true);
        }

        if (!File.Exists(stamp) || await File.ReadAllTextAsync(stamp, TestContext.Current.CancellationToken) != wanted)
        {
            (await Command.RunAsync(["npm", "ci", "--prefix", Installed, "--ignore-scripts", "--no-audit", "--no-fund"], MachineTrust, TestContext.Current.CancellationToken)).Succeeded();
            await File.WriteAllTextAsync(stamp, wanted, TestContext.Current.CancellationToken);
        }
    }
}
