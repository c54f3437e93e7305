using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.ControlPlane.Admission;
using Mizzen.ControlPlane.Certificates;
using Mizzen.ControlPlane.Gateways;
using Mizzen.ControlPlane.Ingest;
using Mizzen.ControlPlane.Injection;
using Mizzen.ControlPlane.Metrics;
using Mizzen.ControlPlane.Push;
using Mizzen.ControlPlane.Registration;
using Mizzen.ControlPlane.Serving;
using Mizzen.ControlPlane.Translation;
using Mizzen.ControlPlane.Verdicts;
using Mizzen.Identity;

namespace Mizzen.ControlPlane;

/// <summary>The parts of a control plane and how they hang together.</summary>
internal sealed class RunningIstiod : IAsyncDisposable
{
    private readonly IstiodOptions _options;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly CertificateAuthority _authority;
    private readonly ServingCertificate _certificate;
    private readonly ProxyConfiguration _configuration;
    private readonly MeshSource _mesh;
    private readonly List<Task> _running = [];
    private ControlPlaneServer? _server;

    private RunningIstiod(IstiodOptions options, ResourceClient client, ILoggerFactory loggers, TimeProvider clock, CertificateAuthority authority)
    {
        _options = options;
        _logger = loggers.CreateLogger<RunningIstiod>();
        _authority = authority;
        _certificate = new ServingCertificate(authority, options.Namespace, clock);
        Metrics = new PilotMetrics();
        _mesh = new MeshSource(client, loggers, clock, new MeshSourceOptions { RootNamespace = options.Namespace });
        _configuration = new ProxyConfiguration(_mesh, new ProxyTranslator().Translate, Metrics, clock);
        Registry = new ConnectionRegistry(_configuration, Metrics);
    }

    public PilotMetrics Metrics { get; }

    public ConnectionRegistry Registry { get; }

    /// <summary>The root that proxies and the API server must trust.</summary>
    public string RootCertificatePem => _authority.CertificatePem;

    public static async Task<RunningIstiod> StartAsync(
        IstiodOptions options, ResourceClient client, ILoggerFactory loggers, TimeProvider clock, CancellationToken cancellationToken)
    {
        var authority = await LoadAuthorityAsync(options, client, loggers, clock, cancellationToken);
        var istiod = new RunningIstiod(options, client, loggers, clock, authority);
        try
        {
            await istiod.StartPartsAsync(client, loggers, clock, cancellationToken);
            return istiod;
        }
        catch
        {
            await istiod.DisposeAsync();
            throw;
        }
    }

    public IPEndPoint EndpointOf(ListenerRole role) => _server!.EndpointOf(role);

    /// <summary>Completes when the mesh has been read and every port answers.</summary>
    public Task WaitUntilReadyAsync(CancellationToken cancellationToken) => _mesh.WaitForSyncAsync(cancellationToken);

    /// <summary>Waits until it is cancelled; throws when a part fails that the others cannot do without.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            await (await Task.WhenAny(_running).WaitAsync(cancellationToken));
            throw new InvalidOperationException("a part of the control plane ended by itself");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Log.Stopping(_logger);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_server is not null)
        {
            using var limit = new CancellationTokenSource(_options.ShutdownDuration);
            await _server.StopAsync(limit.Token);
            await _server.DisposeAsync();
        }

        // Whoever waits has been told why a part failed.
        await Task.WhenAll(_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _configuration.Dispose();
        _certificate.Dispose();
        _authority.Dispose();
        _stop.Dispose();
    }

    // The first request of a pod may come before its network is there.
    private static async Task<CertificateAuthority> LoadAuthorityAsync(
        IstiodOptions options, ResourceClient client, ILoggerFactory loggers, TimeProvider clock, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(5));
        while (true)
        {
            try
            {
                return await MeshAuthority.LoadOrCreateAsync(client, options.Namespace, clock, cancellationToken);
            }
            catch (HttpRequestException error)
            {
                Log.NoApi(loggers.CreateLogger<RunningIstiod>(), error.Message);
                await Task.Delay(backoff.Next(), clock, cancellationToken);
            }
        }
    }

    private async Task StartPartsAsync(ResourceClient client, ILoggerFactory loggers, TimeProvider clock, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var certificates = loggers.CreateLogger<ServingCertificate>();
        _running.Add(_mesh.RunAsync(_stop.Token));
        _running.Add(new RootDistribution(client, RootCertificatePem, certificates, clock).RunAsync(_stop.Token));
        var authentication = new CallAuthentication(new TokenAuthenticator(client), Metrics, loggers.CreateLogger<AggregatedDiscovery>());
        var issuance = new CertificateIssuance(
            authentication, _authority, () => _configuration.Snapshot, Metrics, loggers.CreateLogger<CertificateIssuance>());
        var registration = new WorkloadRegistration(
            client, () => _configuration.Snapshot.Resources.WorkloadEntries, $"istiod.{_options.Namespace}", _options.WorkloadEntryGrace, loggers.CreateLogger<WorkloadRegistration>(), clock);
        _running.Add(registration.RunAsync(_stop.Token));
        var discovery = new AggregatedDiscovery(
            authentication, _configuration, Registry, registration, Metrics, loggers.CreateLogger<AggregatedDiscovery>(), clock, _stop.Token);
        var routes = new IstiodRoutes(
            new InjectionWebhook(SettingsNow, Metrics, loggers.CreateLogger<InjectionWebhook>()),
            new ValidationWebhook(() => _configuration.Snapshot, Metrics),
            new DebugPages(Registry, _configuration),
            Metrics,
            () => _configuration.Version > 0);
        _server = await ControlPlaneServer.StartAsync(
            Bindings(), () => _certificate.Current, services => services.AddSingleton(discovery).AddSingleton(issuance), routes.Map, loggers, cancellationToken);

        _running.Add(new GatewayDeployments(client, _configuration, SettingsNow, loggers.CreateLogger<GatewayDeployments>(), clock).RunAsync(_stop.Token));
        _running.Add(new StatusWriter(client, _configuration, Registry, loggers.CreateLogger<StatusWriter>(), clock).RunAsync(_stop.Token));

        // Only now does somebody answer whom the API server could trust.
        _running.Add(new WebhookTrust(client, _options.Namespace, RootCertificatePem, certificates, clock).RunAsync(_stop.Token));
        Log.Started(_logger, EndpointOf(ListenerRole.Discovery), EndpointOf(ListenerRole.Webhooks), clock.GetElapsedTime(started).TotalMilliseconds);
    }

    private Dictionary<ListenerRole, IPEndPoint> Bindings()
    {
        var bindings = new Dictionary<ListenerRole, IPEndPoint>
        {
            [ListenerRole.Discovery] = new IPEndPoint(_options.Address, _options.DiscoveryPort),
            [ListenerRole.Webhooks] = new IPEndPoint(_options.Address, _options.WebhookPort),
            [ListenerRole.Monitoring] = new IPEndPoint(_options.Address, _options.MonitoringPort),
            [ListenerRole.Debug] = new IPEndPoint(IPAddress.Loopback, _options.DebugPort),
        };
        if (_options.PlainDiscoveryPort is { } port)
        {
            bindings[ListenerRole.PlainDiscovery] = new IPEndPoint(IPAddress.Loopback, port);
        }

        return bindings;
    }

    private InjectionSettings SettingsNow() => new()
    {
        Image = _options.ProxyImage,
        ControlPlaneNamespace = _options.Namespace,
        Mesh = _configuration.Snapshot.Mesh,
        ProxyConfigs = _configuration.Snapshot.Resources.ProxyConfigs,
    };
}
