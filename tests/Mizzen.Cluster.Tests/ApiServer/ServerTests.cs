using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Mizzen.Cluster.ApiServer;
using Mizzen.Cluster.Storage;
using Mizzen.Identity;
using Mizzen.Identity.Tokens;
using Server = Mizzen.Cluster.ApiServer.ApiServer;

namespace Mizzen.Cluster.Tests.ApiServers;

/// <summary>The server as a whole: where it listens, what it begins with, what it forgets.</summary>
public sealed class ServerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mizzen-api-").FullName;
    private readonly CertificateAuthority _authority = CertificateAuthority.Create("test-ca", TimeProvider.System);
    private readonly ServiceAccountTokenIssuer _tokens = ServiceAccountTokenIssuer.Create(ServiceAccountTokenIssuer.DefaultIssuer, TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ApiServerOptions Options => new()
    {
        StorePath = Path.Combine(_folder, "cluster.db"),
        Authority = _authority,
        Tokens = _tokens,
        LogsFolder = _folder,
    };

    [Fact]
    public async Task A_socket_that_is_bound_already_is_served_with_a_certificate_for_the_service_address()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using var server = await StartAsync(Options with { HostEndpoint = null, ClusterListeners = [socket] });
        Assert.Equal(0, server.Port);

        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)socket.LocalEndPoint!, Token);
        await using var tls = new SslStream(client.GetStream());
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(_authority.Certificate);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "10.96.0.1", CertificateChainPolicy = policy }, Token);
        await tls.WriteAsync("GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"u8.ToArray(), Token);
        using var reader = new StreamReader(tls);
        Assert.EndsWith("\r\n\r\nok", await reader.ReadToEndAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_another_server_uses_is_refused()
    {
        await using var first = await StartAsync(Options);
        var error = await Assert.ThrowsAsync<IOException>(() => StartAsync(Options));
        Assert.Contains("is used by another process", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_is_refused_and_the_store_is_let_go()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var error = await Assert.ThrowsAsync<IOException>(() => StartAsync(Options with { HostEndpoint = (IPEndPoint)taken.LocalEndpoint }));
        Assert.Contains("address already in use", error.Message, StringComparison.OrdinalIgnoreCase);
        await using var server = await StartAsync(Options);
    }

    [Fact]
    public async Task Events_are_forgotten_an_hour_after_they_were_last_seen()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
        await using var store = ObjectStore.Open(Path.Combine(_folder, "events.db"), NullLogger.Instance);
        var events = new ResourceName("", "events");
        foreach (var (name, time) in new[] { ("old", "2026-01-01T10:59:00Z"), ("new", "2026-01-01T11:01:00Z") })
        {
            await store.WriteAsync(new StoreWrite(events, new ObjectKey("default", name), 0, new JsonObject
            {
                ["metadata"] = new JsonObject { ["name"] = name },
                ["lastTimestamp"] = time,
            }));
        }

        await new EventExpiry(store, clock).SweepAsync();
        Assert.Equal(["new"], store.Snapshot(events).Objects.Keys.Select(key => key.Name));
    }

    public void Dispose()
    {
        _authority.Dispose();
        _tokens.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static Task<Server> StartAsync(ApiServerOptions options) =>
        Server.StartAsync(options, NullLoggerFactory.Instance, TimeProvider.System, Token);
}
