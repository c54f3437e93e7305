using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Core;
using Mizzen.Resources.Discovery;
using Mizzen.Resources.GatewayApi;
using Mizzen.Resources.Ingress;
using Mizzen.Resources.Networking;
using Mizzen.Resources.Security;

namespace Mizzen.ControlPlane.Ingest;

/// <summary>Follows a Kubernetes API and makes a snapshot of the mesh after every burst of changes.</summary>
public sealed class MeshSource : IMeshSource
{
    private readonly ILogger _logger;
    private readonly Debounce _debounce;
    private readonly Collection<Service> _services;
    private readonly Collection<EndpointSlice> _endpointSlices;
    private readonly Collection<Pod> _pods;
    private readonly Collection<Namespace> _namespaces;
    private readonly Collection<Node> _nodes;
    private readonly Collection<ConfigMap> _meshConfig;
    private readonly Accepted<VirtualService> _virtualServices;
    private readonly Accepted<DestinationRule> _destinationRules;
    private readonly Accepted<ServiceEntry> _serviceEntries;
    private readonly Accepted<Gateway> _gateways;
    private readonly Accepted<Sidecar> _sidecars;
    private readonly Accepted<ProxyConfig> _proxyConfigs;
    private readonly Accepted<EnvoyFilter> _envoyFilters;
    private readonly Collection<KubernetesIngress> _ingresses;
    private readonly Accepted<AuthorizationPolicy> _authorizationPolicies;
    private readonly Accepted<RequestAuthentication> _requestAuthentications;
    private readonly Collection<WorkloadEntry> _workloadEntries;
    private readonly Collection<GatewayClass> _gatewayClasses;
    private readonly Collection<KubernetesGateway> _kubernetesGateways;
    private readonly Collection<ListenerSet> _listenerSets;
    private readonly Collection<KubernetesHttpRoute> _httpRoutes;
    private readonly Collection<KubernetesGrpcRoute> _grpcRoutes;
    private readonly Collection<KubernetesTcpRoute> _tcpRoutes;
    private readonly Collection<KubernetesTlsRoute> _tlsRoutes;
    private readonly Collection<KubernetesUdpRoute> _udpRoutes;
    private readonly Collection<BackendTlsPolicy> _backendTlsPolicies;
    private readonly Collection<ReferenceGrant> _referenceGrants;
    private readonly Accepted<PeerAuthentication> _peerAuthentications;
    private readonly Collection<Secret> _secrets;
    private readonly Collection<ConfigMap> _configMaps;
    private readonly MeshConfigReader _meshConfigReader;
    private readonly KeySetSource _keySets;
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Func<CancellationToken, Task>> _runs = [];
    private readonly List<Func<CancellationToken, Task>> _syncs = [];
    private MeshSnapshot _current = MeshSnapshot.Empty;

    /// <summary>Follows the API that <paramref name="client"/> talks to.</summary>
    public MeshSource(ResourceClient client, ILoggerFactory loggers, TimeProvider clock, MeshSourceOptions? options = null)
    {
        options ??= new MeshSourceOptions();
        _logger = loggers.CreateLogger<MeshSource>();
        _debounce = new Debounce(options.DebounceAfter, options.DebounceMax, clock);
        _keySets = new KeySetSource(_debounce.Signal, _logger, clock);
        _runs.Add(_keySets.RunAsync);
        _services = Follow<Service>();
        _endpointSlices = Follow<EndpointSlice>(isUrgent: false);
        _pods = Follow<Pod>(isUrgent: false);
        _namespaces = Follow<Namespace>();
        _nodes = Follow<Node>(isUrgent: false);
        _meshConfig = Follow<ConfigMap>(options.RootNamespace, new ListOptions { FieldSelector = "metadata.name=" + options.MeshConfigMap });
        _meshConfigReader = new MeshConfigReader(options);
        _virtualServices = new(Follow<VirtualService>());
        _destinationRules = new(Follow<DestinationRule>());
        _serviceEntries = new(Follow<ServiceEntry>());
        _gateways = new(Follow<Gateway>());
        _sidecars = new(Follow<Sidecar>());
        _proxyConfigs = new(Follow<ProxyConfig>());
        _envoyFilters = new(Follow<EnvoyFilter>());
        _ingresses = Follow<KubernetesIngress>();
        _authorizationPolicies = new(Follow<AuthorizationPolicy>());
        _requestAuthentications = new(Follow<RequestAuthentication>());
        _workloadEntries = Follow<WorkloadEntry>();
        _gatewayClasses = Follow<GatewayClass>();
        _kubernetesGateways = Follow<KubernetesGateway>();
        _listenerSets = Follow<ListenerSet>();
        _httpRoutes = Follow<KubernetesHttpRoute>();
        _grpcRoutes = Follow<KubernetesGrpcRoute>();
        _tcpRoutes = Follow<KubernetesTcpRoute>();
        _tlsRoutes = Follow<KubernetesTlsRoute>();
        _udpRoutes = Follow<KubernetesUdpRoute>();
        _backendTlsPolicies = Follow<BackendTlsPolicy>();
        _referenceGrants = Follow<ReferenceGrant>();
        _peerAuthentications = new(Follow<PeerAuthentication>());
        // Tokens and releases are no business of the mesh's.
        _secrets = Follow<Secret>(null, new ListOptions { FieldSelector = "type!=helm.sh/release.v1,type!=kubernetes.io/service-account-token" });
        _configMaps = Follow<ConfigMap>(isWanted: map => map.Data?.ContainsKey("ca.crt") == true);

        Collection<T> Follow<T>(string? ns = null, ListOptions? list = null, bool isUrgent = true, Func<T, bool>? isWanted = null)
            where T : Resources.Meta.Resource
        {
            var collection = new Collection<T>(client, ns, list, _logger, clock, isUrgent ? _debounce.Signal : _debounce.SignalPatiently, isWanted);
            _runs.Add(collection.RunAsync);
            _syncs.Add(collection.WaitForSyncAsync);
            return collection;
        }
    }

    /// <inheritdoc/>
    public event Action<MeshSnapshot>? Changed;

    /// <inheritdoc/>
    public MeshSnapshot Current => Volatile.Read(ref _current);

    /// <inheritdoc/>
    public void Space(TimeSpan cost) => _debounce.Space(cost);

    /// <inheritdoc/>
    public Task WaitForSyncAsync(CancellationToken cancellationToken) => _synced.Task.WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var informers = Task.WhenAll(_runs.Select(run => run(stop.Token)));
        try
        {
            await Task.WhenAll(_syncs.Select(sync => sync(stop.Token)));
            _debounce.Signal();
            while (!cancellationToken.IsCancellationRequested)
            {
                await _debounce.WaitAsync(cancellationToken);
                Take();
                _synced.TrySetResult();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
        finally
        {
            await stop.CancelAsync();
            await informers;
        }
    }

    private void Take()
    {
        var next = Current.Next(Collect());
        Volatile.Write(ref _current, next);
        Log.SnapshotMade(_logger, next.Version, next.Resources.Services.Count, next.Resources.VirtualServices.Count, next.Problems.Count);
        Changed?.Invoke(next);
    }

    private ResourceSet Collect()
    {
        var mesh = _meshConfigReader.Read(_meshConfig.Take());
        var authentications = _requestAuthentications.Take();
        _keySets.Want(authentications);
        return new ResourceSet
        {
            Services = _services.Take(),
            EndpointSlices = _endpointSlices.Take(),
            Pods = _pods.Take(),
            Namespaces = _namespaces.Take(),
            Nodes = _nodes.Take(),
            VirtualServices = _virtualServices.Take(),
            DestinationRules = _destinationRules.Take(),
            ServiceEntries = _serviceEntries.Take(),
            Gateways = _gateways.Take(),
            Sidecars = _sidecars.Take(),
            WorkloadEntries = _workloadEntries.Take(),
            ProxyConfigs = _proxyConfigs.Take(),
            EnvoyFilters = _envoyFilters.Take(),
            Ingresses = _ingresses.Take(),
            AuthorizationPolicies = _authorizationPolicies.Take(),
            RequestAuthentications = authentications,
            KeySets = _keySets.Current,
            GatewayClasses = _gatewayClasses.Take(),
            KubernetesGateways = _kubernetesGateways.Take(),
            ListenerSets = _listenerSets.Take(),
            HttpRoutes = _httpRoutes.Take(),
            GrpcRoutes = _grpcRoutes.Take(),
            TcpRoutes = _tcpRoutes.Take(),
            TlsRoutes = _tlsRoutes.Take(),
            UdpRoutes = _udpRoutes.Take(),
            BackendTlsPolicies = _backendTlsPolicies.Take(),
            ReferenceGrants = _referenceGrants.Take(),
            PeerAuthentications = _peerAuthentications.Take(),
            Secrets = _secrets.Take(),
            ConfigMaps = _configMaps.Take(),
            Mesh = mesh,
            Problems =
            [
                .. _meshConfigReader.Problems, .. _virtualServices.Problems, .. _destinationRules.Problems, .. _serviceEntries.Problems,
                .. _gateways.Problems, .. _sidecars.Problems, .. _proxyConfigs.Problems, .. _envoyFilters.Problems,
                .. _authorizationPolicies.Problems, .. _requestAuthentications.Problems, .. _peerAuthentications.Problems, .. _keySets.Problems,
            ],
        };
    }
}
