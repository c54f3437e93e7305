using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Cluster.ApiServer;
using Mizzen.Cluster.Controllers;
using Mizzen.Cluster.Dns;
using Mizzen.Cluster.Network;
using Mizzen.Cluster.Node;
using Mizzen.Clusters;
using Mizzen.Development;
using Mizzen.Resources.Core;

namespace Mizzen.Hosting;

/// <summary>The Kubernetes of a local cluster: network, API server, controllers, nodes, names, and the ways in and out.</summary>
internal sealed class ClusterPlatform : IAsyncDisposable
{
    private const string GatewayNamespace = "istio-system";
    private const string GatewayService = "istio-ingressgateway";
    private const int GatewayPort = 80;

    private readonly ClusterNetwork _network;
    private readonly ClusterAuthorities _authorities;
    private readonly ApiServer _api;
    private readonly ServiceProxy _services;
    private readonly HostPortRelay _gateway;
    private readonly List<IDisposable> _parts;

    private ClusterPlatform(
        ClusterNetwork network, ClusterAuthorities authorities, ApiServer api, ResourceClient client, ServiceProxy services, HostPortRelay gateway, List<IDisposable> parts)
    {
        _network = network;
        _authorities = authorities;
        _api = api;
        _services = services;
        _gateway = gateway;
        _parts = parts;
        Client = client;
    }

    /// <summary>Talks to the cluster's API as its administrator.</summary>
    public ResourceClient Client { get; }

    /// <summary>Where kubectl finds the API.</summary>
    public Uri ApiAddress => new(string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{_api.Port}"));

    /// <summary>Where the ingress gateway answers on the host.</summary>
    public Uri GatewayAddress => new(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{_gateway.Port}"));

    /// <summary>Brings everything up; the loops run as part of <paramref name="work"/>.</summary>
    public static async Task<ClusterPlatform> StartAsync(
        ClusterDirectory directory, ClusterSettings settings, BackgroundWork work, ILoggerFactory loggers, TimeProvider clock, CancellationToken cancellationToken)
    {
        var network = ClusterNetwork.Create();
        var authorities = ClusterAuthorities.Create(clock);
        ServiceProxy? services = null;
        NodeHost? nodes = null;
        var api = await ApiServer.StartAsync(
            ApiOptions(directory, settings, network, authorities, DialAsync, () => nodes), loggers, clock, cancellationToken);
        var client = new ResourceClient(ClientConnection.FromUnixSocket(directory.ApiSocket));

        services = new ServiceProxy(network, client, loggers.CreateLogger<ServiceProxy>(), clock);
        var outside = new OutsideNames(settings.Outside);
        var dns = new ClusterDns(network, services.Services, services.Slices, outside, loggers.CreateLogger<ClusterDns>());
        var egress = new EgressRelay(network, outside, loggers.CreateLogger<EgressRelay>());
        var gateway = new HostPortRelay(
            new IPEndPoint(IPAddress.Loopback, settings.GatewayPort), network, () => services.Resolve(GatewayNamespace, GatewayService, GatewayPort), loggers.CreateLogger<HostPortRelay>());
        var balancers = new HostLoadBalancers(network, services, loggers);
        nodes = new NodeHost(
            new NodeHostOptions(settings.Nodes, directory.Data, ShippedImages.Map()), network, client, loggers.CreateLogger<NodeHost>(), clock);
        var controllers = new ControllerHost(
            client, new ControllerOptions { RootCertificate = authorities.Certificates.CertificatePem, LoadBalancer = (service, _) => ValueTask.FromResult(AddressesOf(service, balancers)) }, loggers, clock);

        work.Start("service proxy", services.RunAsync);
        work.Start("name server", dns.RunAsync);
        work.Start("egress relay", egress.RunAsync);
        work.Start("gateway port", gateway.RunAsync);
        work.Start("controllers", controllers.RunAsync);
        work.Start("nodes", nodes.RunAsync);
        work.Start("keeper of replaced workloads", new DevelopmentKeeper(client, loggers.CreateLogger<DevelopmentKeeper>(), clock).RunAsync);
        return new ClusterPlatform(network, authorities, api, client, services, gateway, [balancers, dns, egress]);

        async ValueTask<Stream> DialAsync(string ns, string name, int port, CancellationToken token)
        {
            var endpoint = services?.Resolve(ns, name, port)
                ?? throw new HttpRequestException($"no endpoints available for service \"{name}\"");
            return new NetworkStream(await network.DialInsideAsync(endpoint, token), ownsSocket: true);
        }
    }

    /// <summary>Writes the kubeconfig, and the copy that the user asked for.</summary>
    public void WriteKubeconfig(ClusterDirectory directory, ClusterSettings settings)
    {
        _ = ClusterName.TryParse(settings.Name, out var name);
        var administrator = _authorities.IssueAdministrator();
        string?[] files = [directory.Kubeconfig, settings.Kubeconfig];
        foreach (var file in files.OfType<string>())
        {
            KubeconfigFile.Write(
                file, name, ApiAddress, _authorities.Certificates.CertificatePem, administrator.CertificatePem, administrator.PrivateKeyPem);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _gateway.Dispose();
        _parts.ForEach(part => part.Dispose());
        _services.Dispose();
        await _api.DisposeAsync();
        _authorities.Dispose();
        _network.Dispose();
    }

    private static ApiServerOptions ApiOptions(
        ClusterDirectory directory, ClusterSettings settings, ClusterNetwork network, ClusterAuthorities authorities, WebhookDialer dialer, Func<IPodRuntime?> pods) =>
        new()
        {
            StorePath = Path.Combine(directory.Data, "objects.db"),
            HostEndpoint = new IPEndPoint(IPAddress.Loopback, settings.ApiPort),
            ClusterListeners = [network.ListenInside(new IPEndPoint(ClusterNetwork.ApiServerAddress, 443))],
            UnixSocketPath = directory.ApiSocket,
            Authority = authorities.Certificates,
            Tokens = authorities.Tokens,
            LogsFolder = Path.Combine(directory.Data, "logs"),
            WebhookDialer = dialer,
            PodRuntime = pods,
            PodDialer = async (endpoint, token) => new NetworkStream(await network.DialInsideAsync(endpoint, token), ownsSocket: true),
        };

    // The gateway's port is chosen by whoever starts the cluster.
    private static LoadBalancerAnswer AddressesOf(Service service, HostLoadBalancers balancers)
    {
        if (service.Metadata is { Namespace: GatewayNamespace, Name: GatewayService })
        {
            return new LoadBalancerAnswer([new LoadBalancerIngress { Ip = IPAddress.Loopback.ToString() }]);
        }

        var (address, obstacle) = balancers.Ensure(service);
        return new LoadBalancerAnswer(address is null ? [] : [new LoadBalancerIngress { Ip = address.ToString() }], obstacle);
    }
}
