using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Mizzen.Cluster.Network;
using Mizzen.Netlink;
using Mizzen.Resources.Core;
using Mizzen.Testing;
using Mizzen.Testing.Sandbox;

namespace Mizzen.Cluster.Tests.Sandboxed;

public sealed class NetworkScenarios
{
    // Generous for busy machines; what is not refused takes minutes.
    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(5);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [SandboxedFact]
    public async Task Pods_of_two_nodes_reach_each_other_under_their_own_addresses()
    {
        await using var cluster = new ClusterFixture();
        var (one, other) = (cluster.Pod(0), cluster.Pod(1));
        using var listener = other.Listen(8080);

        using var connection = await one.ConnectAsync(other.Address, 8080);
        using var accepted = await listener.AcceptAsync(Token);

        Assert.Equal(one.Address, ((IPEndPoint)accepted.RemoteEndPoint!).Address);
        Assert.Equal("10.244.1.2", one.Address.ToString());
        Assert.Equal("10.244.2.2", other.Address.ToString());
    }

    [SandboxedFact]
    public async Task The_router_reaches_pods_and_pods_reach_listeners_in_the_router()
    {
        await using var cluster = new ClusterFixture();
        var pod = cluster.Pod();
        using var listener = pod.Listen(8080);
        _ = listener.GreetAsync("pod");
        using var api = cluster.Network.ListenInside(new IPEndPoint(ClusterNetwork.ApiServerAddress, 443));
        _ = api.GreetAsync("api");

        Assert.Equal("pod", await (await cluster.Network.DialInsideAsync(new IPEndPoint(pod.Address, 8080), Token)).ReadAsync());
        Assert.Equal("api", await pod.AskAsync(ClusterNetwork.ApiServerAddress, 443));
    }

    [SandboxedFact]
    public async Task A_node_port_is_open_at_every_node_and_at_no_pod()
    {
        await using var cluster = new ClusterFixture();
        var (server, client) = (cluster.Pod(0), cluster.Pod(1));
        using var listener = server.Listen(8080);
        _ = listener.GreetAsync("server");
        cluster.Api.Put(ClusterFixture.Service("shop", "10.96.1.9", new ServicePort { Port = 80, NodePort = 30080 }));
        cluster.Api.Put(ClusterFixture.Slice("shop", 8080, (server.Address.ToString(), null)));
        await Eventually.HoldsAsync(() => cluster.Services.Resolve("shop", "shop", 80) is not null, "the service is known", Token);

        foreach (var (node, asking) in new[] { (1, client), (2, client), (4, client), (1, server) })
        {
            await Eventually.HoldsAsync(async () => (await asking.FailAsync(new NodeRange(node).Gateway, 30080)).Error == SocketError.Success, $"node {node} answers", Token);
            Assert.Equal("server", await asking.AskAsync(new NodeRange(node).Gateway, 30080));
        }

        Assert.Equal(SocketError.ConnectionRefused, (await client.FailAsync(server.Address, 30080)).Error);
    }

    [SandboxedFact]
    public async Task Whatever_nobody_answers_for_is_refused_at_once()
    {
        await using var cluster = new ClusterFixture();
        var (one, other) = (cluster.Pod(0), cluster.Pod(1));
        var empty = cluster.Publish("empty", last: 7, port: 8080);
        await Eventually.HoldsAsync(() => cluster.Services.Services.Items.Count == 1, "the service is known", Token);

        await Refused(other.Address, 8080);
        await Refused(one.Address, 8080);
        await Refused(empty, 80);
        await Refused(IPAddress.Parse("10.96.200.200"), 80);
        await Refused(ClusterNetwork.ApiServerAddress, 80);
        var (error, took) = await one.FailAsync(IPAddress.Parse("10.244.1.99"), 80);
        Assert.True(error is SocketError.HostUnreachable or SocketError.NetworkUnreachable && took < Quick, $"no such pod: {error} after {took}");

        async Task Refused(IPAddress address, int port)
        {
            var (error, took) = await one.FailAsync(address, port);
            Assert.True(error == SocketError.ConnectionRefused && took < Quick, $"{address}:{port}: {error} after {took}");
        }
    }

    [SandboxedFact]
    public async Task A_service_spreads_connections_over_its_ready_endpoints()
    {
        await using var cluster = new ClusterFixture();
        var client = cluster.Pod();
        PodNetwork[] pods = [cluster.Pod(0), cluster.Pod(1), cluster.Pod(1)];
        for (var i = 0; i < pods.Length; i++)
        {
            _ = pods[i].Listen(8080).GreetAsync($"pod {i}");
        }

        var address = cluster.Publish("web", last: 1, port: 8080, pods);
        await Eventually.HoldsAsync(async () => (await client.FailAsync(address, 80)).Error != SocketError.ConnectionRefused, "the service answers", Token);
        var answers = new List<string>();
        for (var i = 0; i < 300; i++)
        {
            answers.Add(await client.AskAsync(address, 80));
        }

        var counts = answers.CountBy(answer => answer).ToDictionary();
        Assert.Equal(3, counts.Count);
        // 300 fair choices of three: fewer than 60 of one would be a wonder (six standard deviations of 8).
        Assert.All(counts, count => Assert.InRange(count.Value, 50, 150));
    }

    [SandboxedFact]
    public async Task An_endpoint_that_leaves_gets_no_new_connection_and_old_ones_stay()
    {
        await using var cluster = new ClusterFixture();
        var (client, first, second) = (cluster.Pod(), cluster.Pod(0), cluster.Pod(1));
        using var listener = first.Listen(8080);
        _ = second.Listen(8080).GreetAsync("second");
        var address = cluster.Publish("web", last: 1, port: 8080, first);
        Socket? old = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    old = await client.ConnectAsync(address, 80);
                    return true;
                }
                catch (SocketException)
                {
                    return false;
                }
            },
            "the first endpoint answers",
            Token);
        using var accepted = await listener.AcceptAsync(Token);
        _ = listener.GreetAsync("first");

        cluster.Publish("web", last: 1, port: 8080, second);

        await Eventually.HoldsAsync(async () => await client.AskAsync(address, 80) == "second", "the second endpoint answers", Token);
        await accepted.SendAsync("still here"u8.ToArray(), Token);
        Assert.Equal("still here", await old!.ReadAsync());
    }

    [SandboxedFact]
    public async Task A_pod_reaches_itself_through_its_service()
    {
        await using var cluster = new ClusterFixture();
        var pod = cluster.Pod();
        _ = pod.Listen(8080).GreetAsync("myself");
        var address = cluster.Publish("web", last: 1, port: 8080, pod);

        await Eventually.HoldsAsync(async () => (await pod.FailAsync(address, 80)).Error == SocketError.Success, "the service answers", Token);

        Assert.Equal("myself", await pod.AskAsync(address, 80));
    }

    [SandboxedFact]
    public async Task Datagrams_reach_a_service_and_their_answers_come_from_it()
    {
        await using var cluster = new ClusterFixture();
        var (client, server) = (cluster.Pod(0), cluster.Pod(1));
        using var serverSocket = server.Udp(5353);
        cluster.Api.Put(ClusterFixture.Service("udp", "10.96.1.5", new Resources.Core.ServicePort { Port = 53, Protocol = "UDP" }));
        cluster.Api.Put(ClusterFixture.Slice("udp", 5353, (server.Address.ToString(), null)));
        var service = new IPEndPoint(IPAddress.Parse("10.96.1.5"), 53);
        var buffer = new byte[16];
        SocketReceiveFromResult received = default;
        await Eventually.HoldsAsync(
            async () =>
            {
                using var clientSocket = client.Udp();
                await clientSocket.SendToAsync("ping"u8.ToArray(), service, Token);
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
                patience.CancelAfter(100);
                try
                {
                    received = await serverSocket.ReceiveFromAsync(buffer, PodSockets.Anywhere, patience.Token);
                    await serverSocket.SendToAsync("pong"u8.ToArray(), received.RemoteEndPoint, Token);
                    received = await clientSocket.ReceiveFromAsync(buffer, PodSockets.Anywhere, patience.Token);
                    return true;
                }
                catch (OperationCanceledException)
                {
                    return false;
                }
            },
            "a datagram arrives",
            Token);

        Assert.Equal(service, received.RemoteEndPoint);
        Assert.Equal("pong", Encoding.ASCII.GetString(buffer, 0, received.ReceivedBytes));
    }

    [SandboxedFact]
    public async Task The_outside_is_reached_through_the_host_and_a_stand_in_plays_an_outside_name()
    {
        using var host = HostListener();
        _ = host.GreetAsync("outside");
        var port = ((IPEndPoint)host.LocalEndPoint!).Port;
        await using var cluster = new ClusterFixture(new Dictionary<string, string> { ["api.example.com"] = $"127.0.0.1:{port}" });
        var pod = cluster.Pod();
        var standIn = cluster.Outside.AddressOf("API.example.com.")!;
        await Eventually.HoldsAsync(async () => (await pod.FailAsync(standIn, 443)).Error == SocketError.Success, "egress works", Token);

        Assert.Equal("outside", await pod.AskAsync(standIn, 443));
    }

    [SandboxedFact]
    public async Task What_is_refused_outside_is_refused_inside()
    {
        await using var cluster = new ClusterFixture(new Dictionary<string, string> { ["down.example.com"] = "127.0.0.1:1" });
        var pod = cluster.Pod();

        var (error, took) = await pod.FailAsync(cluster.Outside.AddressOf("down.example.com")!, 443);

        Assert.True(error is SocketError.ConnectionReset or SocketError.ConnectionRefused && took < Quick, $"{error} after {took}");
    }

    [SandboxedFact]
    public async Task Nothing_of_the_hosts_loopback_is_reachable_from_a_pod()
    {
        using var host = HostListener();
        await using var cluster = new ClusterFixture();
        var pod = cluster.Pod();

        var (error, _) = await pod.FailAsync(IPAddress.Loopback, ((IPEndPoint)host.LocalEndPoint!).Port);

        Assert.Equal(SocketError.ConnectionRefused, error);
    }

    [SandboxedFact]
    public async Task A_host_port_leads_to_a_pod_and_closes_when_there_is_none()
    {
        await using var cluster = new ClusterFixture();
        var pod = cluster.Pod();
        using var listener = pod.Listen(8080);
        _ = listener.GreetAsync("pod");
        IPEndPoint? target = new(pod.Address, 8080);
        using var relay = new HostPortRelay(new IPEndPoint(IPAddress.Loopback, 0), cluster.Network, () => target, NullLogger<HostPortRelay>.Instance);
        using var stop = new CancellationTokenSource();
        var running = relay.RunAsync(stop.Token);

        Assert.Equal("pod", await AskHost(relay.Port));
        target = null;
        await Assert.ThrowsAnyAsync<SocketException>(() => AskHost(relay.Port));

        await stop.CancelAsync();
        await running;

        static async Task<string> AskHost(int port)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), Token);
            return await socket.ReadAsync();
        }
    }

    [SandboxedFact]
    public void A_detached_pod_leaves_no_link_and_its_address_is_used_last()
    {
        using var network = ClusterNetwork.Create();
        var node = new NodeRange(1);
        var links = network.LinkNames();
        var pod = network.Attach(node);
        Assert.Equal([.. links, pod.Link], network.LinkNames());

        network.Detach(pod, node);

        Assert.Equal(links, network.LinkNames());
        var next = network.Attach(node);
        Assert.NotEqual(pod.Address, next.Address);
        network.Detach(next, node);
    }

    [SandboxedFact]
    public void Pods_come_and_go_within_milliseconds()
    {
        using var network = ClusterNetwork.Create();
        var node = new NodeRange(1);
        var pods = new List<PodNetwork>();
        var clock = TimeProvider.System;
        var start = clock.GetTimestamp();
        for (var i = 0; i < 100; i++)
        {
            pods.Add(network.Attach(node));
        }

        var attach = clock.GetElapsedTime(start).TotalMilliseconds / pods.Count;
        start = clock.GetTimestamp();
        pods.ForEach(pod => network.Detach(pod, node));
        var detach = clock.GetElapsedTime(start).TotalMilliseconds / pods.Count;

        TestContext.Current.SendDiagnosticMessage($"attach {attach:0.0} ms, detach {detach:0.0} ms");
        // A mistake somewhere costs more than a busy machine.
        Assert.True(attach < 200 && detach < 200, $"attach {attach} ms, detach {detach} ms");
    }

    [SandboxedFact]
    public void Rules_for_a_thousand_services_are_taken_in_one_transaction()
    {
        using var network = ClusterNetwork.Create();
        var rules = Enumerable.Range(0, 1000).Select(i => (IReadOnlyList<NftExpression>)
        [
            NftExpression.Destination(new IPNetwork(new IPAddress([10, 96, (byte)(i / 250), (byte)(i % 250 + 1)]), 32)),
            NftExpression.Tcp,
            NftExpression.DestinationPort(80),
            NftExpression.DestinationNat(new IPEndPoint(IPAddress.Parse("10.244.1.2"), 8080)),
        ]).ToList();

        network.ReplaceRules([new NftChain("prerouting", NftHook.Prerouting, rules)]);
        network.ReplaceRules([new NftChain("prerouting", NftHook.Prerouting, rules)]);
    }

    [SandboxedFact]
    public async Task A_refused_rule_names_its_table_and_leaves_the_old_rules()
    {
        using var network = ClusterNetwork.Create();
        var redirect = new NftChain("prerouting", NftHook.Prerouting, [[NftExpression.Tcp, NftExpression.Redirect(9)]]);
        network.ReplaceRules([redirect]);

        // Redirection belongs into prerouting and output.
        var wrong = new NftChain("postrouting", NftHook.Postrouting, [[NftExpression.Tcp, NftExpression.Redirect(9)]]);
        var error = Assert.Throws<NetlinkException>(() => network.ReplaceRules([wrong]));

        Assert.Contains("mizzen", error.Message, StringComparison.Ordinal);
        using var socket = network.ListenInside(new IPEndPoint(IPAddress.Any, 9));
        var node = new NodeRange(1);
        var pod = network.Attach(node);
        using var redirected = await pod.ConnectAsync(IPAddress.Parse("10.99.9.9"), 80);
        Assert.True(redirected.Connected);
        network.Detach(pod, node);
    }

    private static Socket HostListener()
    {
        var host = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        host.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        host.Listen();
        return host;
    }
}
