using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Mizzen.Cluster.Dns;
using Mizzen.Cluster.Network;
using Mizzen.Resources.Core;
using Mizzen.Resources.Discovery;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Tests.Sandboxed;

/// <summary>A cluster's network with its services, names and ways out, over an API that only holds what the test puts there.</summary>
internal sealed class ClusterFixture : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<(PodNetwork Pod, NodeRange Node)> _pods = [];
    private readonly Task _running;

    public ClusterFixture(IReadOnlyDictionary<string, string>? outside = null)
    {
        Outside = new OutsideNames(outside ?? new Dictionary<string, string>());
        Services = new ServiceProxy(Network, Api.Client, NullLogger<ServiceProxy>.Instance, TimeProvider.System);
        Dns = new ClusterDns(Network, Services.Services, Services.Slices, Outside, NullLogger<ClusterDns>.Instance, TimeProvider.System);
        Egress = new EgressRelay(Network, Outside, NullLogger<EgressRelay>.Instance);
        _running = Task.WhenAll(Services.RunAsync(_stop.Token), Dns.RunAsync(_stop.Token), Egress.RunAsync(_stop.Token));
    }

    public ClusterNetwork Network { get; } = ClusterNetwork.Create();

    public FixedApi Api { get; } = new();

    public OutsideNames Outside { get; }

    public ServiceProxy Services { get; }

    public ClusterDns Dns { get; }

    public EgressRelay Egress { get; }

    public NodeRange[] Nodes { get; } = [new(1), new(2)];

    public PodNetwork Pod(int node = 0)
    {
        var pod = Network.Attach(Nodes[node]);
        _pods.Add((pod, Nodes[node]));
        return pod;
    }

    public static Service Service(string name, string? address, params ServicePort[] ports) => new()
    {
        Metadata = new ObjectMeta { Namespace = "shop", Name = name },
        Spec = new ServiceSpec { ClusterIp = address ?? "None", Ports = ports },
    };

    public static EndpointSlice Slice(string service, int port, params (string Address, string? Host)[] endpoints) => new()
    {
        Metadata = new ObjectMeta
        {
            Namespace = "shop",
            Name = service + "-x",
            Labels = new Dictionary<string, string> { ["kubernetes.io/service-name"] = service },
        },
        AddressType = "IPv4",
        Ports = [new EndpointPort { Name = "", Port = port, Protocol = "TCP" }],
        Endpoints =
        [
            .. endpoints.Select(endpoint => new Resources.Discovery.Endpoint
            {
                Addresses = [endpoint.Address],
                Hostname = endpoint.Host,
                Conditions = new EndpointConditions { Ready = true },
            }),
        ],
    };

    /// <summary>A service with its endpoints, and the address to reach it by.</summary>
    public IPAddress Publish(string name, int last, int port, params PodNetwork[] pods)
    {
        var address = new IPAddress([10, 96, 1, (byte)last]);
        Api.Put(Service(name, address.ToString(), new ServicePort { Port = 80 }));
        Api.Put(Slice(name, port, [.. pods.Select(pod => (pod.Address.ToString(), (string?)null))]));
        return address;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        Egress.Dispose();
        Dns.Dispose();
        Services.Dispose();
        foreach (var (pod, node) in _pods)
        {
            Network.Detach(pod, node);
        }

        Network.Dispose();
        _stop.Dispose();
    }
}
