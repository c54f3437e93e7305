using Mizzen.EndToEnd.Tests.Support;
using Mizzen.Testing;

namespace Mizzen.EndToEnd.Tests.Clients;

/// <summary>The JavaScript libraries that tests use as they are, with a Node.js that they run on, from npm; installed once for all.</summary>
internal static class NodePackages
{
    private const string SystemCertificates = "/etc/ssl/certs/ca-certificates.crt";
    private static readonly string Source = Repository.PathOf("tests", "Mizzen.EndToEnd.Tests", "Clients", "node");
    private static readonly string Installed = Repository.PathOf("artifacts", "node-client");
    private static readonly SemaphoreSlim OneAtATime = new(1);

    // Node.js by itself trusts its own list only; a registry behind a company's certificate is trusted where the machine trusts it.
    private static readonly Dictionary<string, string> MachineTrust = File.Exists(SystemCertificates)
        ? new() { ["NODE_EXTRA_CA_CERTS"] = SystemCertificates }
        : [];

    /// <summary>The words of a shell that run a script of the folder <c>node</c>.</summary>
    public static async Task<string> CommandAsync(string script)
    {
        await OneAtATime.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            await InstallAsync();
        }
        finally
        {
            OneAtATime.Release();
        }

        return $"{Installed}/node_modules/node-linux-*/bin/node {Installed}/{script}";
    }

    // The libraries want a younger Node.js than distributions have: it comes with them, from the same registry.
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
