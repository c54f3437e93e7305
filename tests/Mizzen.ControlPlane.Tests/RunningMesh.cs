extern alias cluster;
using System.Net;
using System.Net.Sockets;
using cluster::Mizzen.Cluster.ApiServer;
using Microsoft.Extensions.Logging.Abstractions;
using Mizzen.Client;
using Mizzen.ControlPlane.Installation;
using Mizzen.ControlPlane.Serving;
using Mizzen.Identity;
using Mizzen.Identity.Tokens;
using Server = cluster::Mizzen.Cluster.ApiServer.ApiServer;

namespace Mizzen.ControlPlane.Tests;

/// <summary>The real API server with the mesh installed, and the real control plane beside it, which the API server calls.</summary>
public sealed class RunningMesh : IAsyncLifetime
{
    private readonly CertificateAuthority _authority = CertificateAuthority.Create("test-cluster", TimeProvider.System);
    private readonly ServiceAccountTokenIssuer _tokens = ServiceAccountTokenIssuer.Create(ServiceAccountTokenIssuer.DefaultIssuer, TimeProvider.System);
    private readonly string _folder = Directory.CreateTempSubdirectory("mizzen-istiod-").FullName;
    private Server? _api;
    private HttpClient? _http;

    public ResourceClient Client { get; private set; } = null!;

    internal RunningIstiod Istiod { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var options = new ApiServerOptions
        {
            StorePath = Path.Combine(_folder, "cluster.db"),
            Authority = _authority,
            Tokens = _tokens,
            LogsFolder = Path.Combine(_folder, "logs"),
            UnixSocketPath = Path.Combine(_folder, "api.sock"),
            WebhookDialer = DialAsync,
        };
        _api = await Server.StartAsync(options, NullLoggerFactory.Instance, TimeProvider.System, TestContext.Current.CancellationToken);
        _http = ClientConnection.FromUnixSocket(options.UnixSocketPath!);
        Client = new ResourceClient(_http);
        await MeshInstallation.ApplyAsync(Client, new InstallOptions(), TimeProvider.System, TestContext.Current.CancellationToken);
        Istiod = await StartIstiodAsync();
        await Istiod.WaitUntilReadyAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Istiod.DisposeAsync();
        _http!.Dispose();
        await _api!.DisposeAsync();
        _authority.Dispose();
        _tokens.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    internal Task<RunningIstiod> StartIstiodAsync() => RunningIstiod.StartAsync(
        new IstiodOptions { Address = IPAddress.Loopback, DiscoveryPort = 0, WebhookPort = 0, MonitoringPort = 0, DebugPort = 0, PlainDiscoveryPort = 0 },
        Client,
        NullLoggerFactory.Instance,
        TimeProvider.System,
        TestContext.Current.CancellationToken);

    private async ValueTask<Stream> DialAsync(string ns, string service, int port, CancellationToken cancellationToken)
    {
        Assert.Equal(("istio-system", "istiod", 443), (ns, service, port));
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(Istiod.EndpointOf(ListenerRole.Webhooks), cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
