using System.Collections.Immutable;
using System.Globalization;
using Mizzen.ControlPlane.Ingest;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Core;
using Mizzen.Resources.Discovery;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;

namespace Mizzen.Bench.ControlPlane;

/// <summary>
/// A mesh in twenty namespaces: every service has ten pods on its HTTP port 80 and a rule for it. Changes are debounced as those of a
/// Kubernetes API are.
/// </summary>
internal sealed class BenchMesh : IMeshSource
{
    public const int Namespaces = 20;
    private const int PodsOfService = 10;
    private readonly Debounce _debounce = new(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(100), TimeProvider.System);
    private readonly Lock _gate = new();
    private ImmutableList<EndpointSlice> _slices;
    private ImmutableList<VirtualService> _rules;
    private ResourceSet _resources;

    public BenchMesh(int services)
    {
        var all = Enumerable.Range(0, services).ToList();
        _slices = [.. all.Select(service => Slice(service, PodsOfService))];
        _rules = [.. all.Select(service => Rule(service, 1))];
        _resources = new ResourceSet
        {
            Services = [.. all.Select(Service)],
            Pods = [.. all.SelectMany(service => Enumerable.Range(0, PodsOfService).Select(pod => Pod(service, pod)))],
            EndpointSlices = _slices,
            VirtualServices = _rules,
        };
        Current = MeshSnapshot.Of(_resources);
    }

    public event Action<MeshSnapshot>? Changed;

    public MeshSnapshot Current { get; private set; }

    /// <summary>The name of a namespace.</summary>
    public static string NamespaceOf(int number) => string.Create(CultureInfo.InvariantCulture, $"team-{number % Namespaces}");

    /// <summary>Gives the rule of a service another timeout.</summary>
    public void ChangeRoute(int service, int seconds)
    {
        lock (_gate)
        {
            _rules = _rules.SetItem(service, Rule(service, seconds));
            _resources = _resources with { VirtualServices = _rules };
        }

        _debounce.Signal();
    }

    /// <summary>Takes one endpoint from a service, or gives it back.</summary>
    public void ChangeEndpoints(int service)
    {
        lock (_gate)
        {
            _slices = _slices.SetItem(service, Slice(service, _slices[service].Endpoints!.Count == PodsOfService ? PodsOfService - 1 : PodsOfService));
            _resources = _resources with { EndpointSlices = _slices };
        }

        _debounce.SignalPatiently();
    }

    public void Space(TimeSpan cost) => _debounce.Space(cost);

    public Task WaitForSyncAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await _debounce.WaitAsync(cancellationToken);
            ResourceSet resources;
            lock (_gate)
            {
                resources = _resources;
            }

            Current = Current.Next(resources);
            Changed?.Invoke(Current);
        }
    }

    private static string NameOf(int service) => string.Create(CultureInfo.InvariantCulture, $"service-{service}");

    private static Dictionary<string, string> LabelsOf(int service) => new() { ["app"] = NameOf(service), ["version"] = "v1", ["security.istio.io/tlsMode"] = "istio" };

    private static ObjectMeta Metadata(string name, int service, Dictionary<string, string>? labels = null) => new()
    {
        Name = name,
        Namespace = NamespaceOf(service),
        Labels = labels,
        CreationTimestamp = DateTimeOffset.UnixEpoch.AddSeconds(service),
    };

    private static Service Service(int service) => new()
    {
        Metadata = Metadata(NameOf(service), service),
        Spec = new ServiceSpec
        {
            ClusterIp = $"10.96.{service / 250}.{(service % 250) + 1}",
            Selector = new Dictionary<string, string> { ["app"] = NameOf(service) },
            Ports = [new ServicePort { Name = "http", Port = 80, TargetPort = 8080 }],
        },
    };

    private static Pod Pod(int service, int pod) => new()
    {
        Metadata = Metadata($"{NameOf(service)}-{pod}", service, LabelsOf(service)),
        Spec = new PodSpec { NodeName = $"node-{pod}", ServiceAccountName = NameOf(service) },
        Status = new PodStatus { PodIp = AddressOf(service, pod) },
    };

    private static string AddressOf(int service, int pod)
    {
        var number = (service * PodsOfService) + pod;
        return $"10.{100 + (number / 62_500)}.{number / 250 % 250}.{(number % 250) + 1}";
    }

    private static EndpointSlice Slice(int service, int pods) => new()
    {
        Metadata = Metadata(NameOf(service) + "-1", service, new Dictionary<string, string> { ["kubernetes.io/service-name"] = NameOf(service) }),
        AddressType = "IPv4",
        Ports = [new EndpointPort { Name = "http", Port = 8080 }],
        Endpoints =
        [
            .. Enumerable.Range(0, pods).Select(pod => new Mizzen.Resources.Discovery.Endpoint
            {
                Addresses = [AddressOf(service, pod)],
                TargetRef = new ObjectReference { Kind = "Pod", Name = $"{NameOf(service)}-{pod}", Namespace = NamespaceOf(service) },
            }),
        ],
    };

    private static VirtualService Rule(int service, int seconds) => new()
    {
        Metadata = Metadata(NameOf(service), service),
        Spec = new VirtualServiceSpec
        {
            Hosts = [NameOf(service)],
            Http =
            [
                new HTTPRoute
                {
                    Timeout = $"{seconds}s",
                    Route = [new HTTPRouteDestination { Destination = new Destination { Host = NameOf(service) } }],
                },
            ],
        },
    };
}
