using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Mizzen.Cluster.Network;
using Mizzen.Resources.Core;
using Mizzen.Testing;
using Mizzen.Testing.Sandbox;

namespace Mizzen.Cluster.Tests.Sandboxed;

public sealed class LoadBalancerScenarios
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [SandboxedFact]
    public async Task Services_with_the_same_port_have_addresses_of_their_own_and_lead_to_their_pods()
    {
        await using var cluster = new ClusterFixture();
        using var balancers = new HostLoadBalancers(cluster.Network, cluster.Services, NullLoggerFactory.Instance);
        var port = FreePort();
        var (first, second) = (Publish(cluster, "first", port), Publish(cluster, "second", port));
        await Eventually.HoldsAsync(() => cluster.Services.Resolve("shop", "first", port) is not null && cluster.Services.Resolve("shop", "second", port) is not null, "they are known", Token);

        var (one, other) = (balancers.Ensure(first), balancers.Ensure(second));

        Assert.Equal((null, null), (one.Obstacle, other.Obstacle));
        Assert.NotEqual(one.Address, other.Address);
        Assert.Equal(one.Address, balancers.Ensure(first).Address);
        Assert.Equal("first", await AskAsync(one.Address!, port));
        Assert.Equal("second", await AskAsync(other.Address!, port));

        cluster.Api.Put(first with { Spec = first.Spec! with { Type = "ClusterIP" } });
        await Eventually.HoldsAsync(async () => !await IsOpenAsync(one.Address!, port), "the port is closed", Token);
    }

    [SandboxedFact]
    public async Task A_port_that_needs_a_privilege_is_told_with_the_command_that_allows_it()
    {
        await using var cluster = new ClusterFixture();
        using var balancers = new HostLoadBalancers(cluster.Network, cluster.Services, NullLoggerFactory.Instance);
        var lowest = int.Parse(await File.ReadAllTextAsync("/proc/sys/net/ipv4/ip_unprivileged_port_start", Token), CultureInfo.InvariantCulture);

        var (address, obstacle) = balancers.Ensure(ServiceOf("web", 1));

        Assert.Equal(lowest < 2, address is not null);
        Assert.Contains(lowest < 2 ? "" : "sudo sysctl -w net.ipv4.ip_unprivileged_port_start=1", obstacle ?? "", StringComparison.Ordinal);
    }

    private static Service ServiceOf(string name, int port)
    {
        var service = ClusterFixture.Service(name, null, new ServicePort { Port = port });
        return service with { Spec = service.Spec! with { Type = "LoadBalancer" } };
    }

    // A pod that says its service's name to everybody.
    private static Service Publish(ClusterFixture cluster, string name, int port)
    {
        var pod = cluster.Pod();
        var listener = pod.Namespace.Run(() =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Any, 8000));
            socket.Listen();
            return socket;
        });
        _ = AnswerAsync(listener, name);
        var service = ServiceOf(name, port);
        cluster.Api.Put(service);
        cluster.Api.Put(ClusterFixture.Slice(name, 8000, (pod.Address.ToString(), null)));
        return service;
    }

    private static async Task AnswerAsync(Socket listener, string text)
    {
        while (true)
        {
            using var client = await listener.AcceptAsync(Token);
            await client.SendAsync(System.Text.Encoding.ASCII.GetBytes(text), Token);
        }
    }

    private static async Task<string> AskAsync(IPAddress address, int port)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address, port, Token);
        return await new StreamReader(client.GetStream()).ReadToEndAsync(Token);
    }

    private static async Task<bool> IsOpenAsync(IPAddress address, int port)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(address, port, Token);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Any, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
