using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Mizzen.Cluster.ApiServer.Admission;
using Mizzen.Cluster.ApiServer.Authentication;
using Mizzen.Cluster.ApiServer.Authorization;
using Mizzen.Cluster.ApiServer.Discovery;
using Mizzen.Cluster.ApiServer.Kinds;
using Mizzen.Cluster.ApiServer.Metrics;
using Mizzen.Cluster.ApiServer.Objects;
using Mizzen.Cluster.ApiServer.Strategies;
using Mizzen.Cluster.ApiServer.Streaming;
using Mizzen.Cluster.ApiServer.Subresources;
using Mizzen.Cluster.Expressions;
using Mizzen.Cluster.Storage;

namespace Mizzen.Cluster.ApiServer;

/// <summary>
/// The Kubernetes API over SQLite: what kubectl, controllers, nodes and the mesh talk to. It serves from the moment
/// <see cref="StartAsync"/> returns until it is disposed of.
/// </summary>
public sealed class ApiServer : IAsyncDisposable
{
    private readonly WebApplication _host;
    private readonly IServer _server;
    private readonly ObjectStore _store;
    private readonly WebhookCaller _webhooks;
    private readonly PodProxyHandler _podProxy;
    private readonly Endpoints _endpoints;
    private readonly CancellationTokenSource _stopping = new();
    private Task _expiry = Task.CompletedTask;

    private ApiServer(WebApplication host, ObjectStore store, WebhookCaller webhooks, PodProxyHandler podProxy, Endpoints endpoints)
    {
        _podProxy = podProxy;
        _host = host;
        _server = host.Services.GetRequiredService<IServer>();
        _store = store;
        _webhooks = webhooks;
        _endpoints = endpoints;
    }

    /// <summary>The port of <see cref="ApiServerOptions.HostEndpoint"/>; 0 when there is none.</summary>
    public int Port => _endpoints.HostPort;

    /// <summary>Opens the store, makes what every cluster has and begins to serve.</summary>
    /// <param name="options">Where and for whom.</param>
    /// <param name="loggers">Receives what operators should know.</param>
    /// <param name="clock">The clock of timestamps, timeouts and certificates.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="IOException">The store cannot be opened or written, or an address is in use.</exception>
    public static async Task<ApiServer> StartAsync(
        ApiServerOptions options, ILoggerFactory loggers, TimeProvider clock, CancellationToken cancellationToken)
    {
        var logger = loggers.CreateLogger<ApiServer>();
        var store = ObjectStore.Open(options.StorePath, logger);
        var webhooks = new WebhookCaller(options.WebhookDialer, clock);
        var podProxy = new PodProxyHandler(store, options.PodDialer);
        var endpoints = new Endpoints(options, loggers);
        var api = new ApiServer(endpoints.CreateHost(), store, webhooks, podProxy, endpoints);
        try
        {
            var expressions = new ExpressionLibrary();
            var strategies = new StrategyTable(store, expressions, options.Authority.CertificatePem, clock);
            await new Bootstrap(store, strategies, clock).RunAsync();
            await api._server.StartAsync(Compose(options, store, strategies, expressions, webhooks, podProxy, logger, clock), cancellationToken);
            endpoints.Started();
            api._expiry = new EventExpiry(store, clock).RunAsync(api._stopping.Token);
            Log.Listening(logger, endpoints);
            return api;
        }
        catch
        {
            await api.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends every connection at once, then closes the store.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _expiry;
        await _server.StopAsync(new CancellationToken(canceled: true));
        await _host.DisposeAsync();
        _endpoints.Dispose();
        _webhooks.Dispose();
        _podProxy.Dispose();
        await _store.DisposeAsync();
        _stopping.Dispose();
    }

    private static RequestPipeline Compose(
        ApiServerOptions options, ObjectStore store, StrategyTable strategies, ExpressionLibrary expressions, WebhookCaller caller, PodProxyHandler podProxy, ILogger logger, TimeProvider clock)
    {
        var kinds = new KindRegistry(store);
        var webhooks = new AdmissionWebhooks(store, kinds, caller, new MatchConditions(expressions), logger);
        var authorizer = new RoleAuthorizer(store);
        var writer = new ObjectWriter(store, strategies, webhooks, new SchemaRules(expressions), new EscalationCheck(authorizer), clock);
        var deletion = new ObjectDeletion(store, webhooks, clock);
        var bindings = new BindingHandler(store, clock);
        var pods = new PodTargets(store, options.PodRuntime);
        var authenticator = new Authenticator(options.Authority, options.Tokens, store, clock);
        var resources = new ResourceHandler(
            store,
            writer,
            new PatchHandler(store, writer, clock),
            deletion,
            new ListHandler(store, new WatchStream(store, clock), clock),
            new ScaleHandler(store, writer),
            bindings,
            new EvictionHandler(store, deletion, clock),
            new LogHandler(store, options.LogsFolder, clock),
            podProxy,
            new ContainerStreamHandler(pods),
            new PortForwardHandler(pods),
            new TokenHandler(store, options.Tokens));
        return new RequestPipeline(
            kinds, authenticator, authorizer, new DiscoveryHandler(kinds), new OpenApiHandler(kinds), new Reviews(authenticator, authorizer), bindings, resources, new MetricsHandler(store, pods, clock), options.Tokens, logger);
    }
}
