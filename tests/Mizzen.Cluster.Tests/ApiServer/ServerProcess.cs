using Microsoft.Extensions.Logging.Abstractions;
using Mizzen.Cluster.ApiServer;
using Mizzen.Identity;
using Mizzen.Identity.Tokens;
using Mizzen.Testing.Sandbox;
using Server = Mizzen.Cluster.ApiServer.ApiServer;

namespace Mizzen.Cluster.Tests.ApiServers;

/// <summary>An API server in a process of its own, over a folder that another test names, until it is killed.</summary>
[HelperProgram]
public sealed class ServerProcess
{
    public const string FolderVariable = "MIZZEN_TEST_API";

    public static string SocketIn(string folder) => Path.Combine(folder, "api.sock");

    [SandboxedFact]
    public async Task Serves_until_it_is_killed()
    {
        var folder = Environment.GetEnvironmentVariable(FolderVariable)!;
        using var authority = CertificateAuthority.Create("test-ca", TimeProvider.System);
        using var tokens = ServiceAccountTokenIssuer.Create(ServiceAccountTokenIssuer.DefaultIssuer, TimeProvider.System);
        var options = new ApiServerOptions
        {
            StorePath = Path.Combine(folder, "cluster.db"),
            Authority = authority,
            Tokens = tokens,
            LogsFolder = Path.Combine(folder, "logs"),
            UnixSocketPath = SocketIn(folder),
        };
        await using var server = await Server.StartAsync(options, NullLoggerFactory.Instance, TimeProvider.System, TestContext.Current.CancellationToken);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, TestContext.Current.CancellationToken);
    }
}
