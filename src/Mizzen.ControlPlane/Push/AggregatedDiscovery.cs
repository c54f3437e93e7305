using Envoy.Config.Core.V3;
using Envoy.Service.Discovery.V3;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.ControlPlane.Metrics;
using Mizzen.ControlPlane.Model;
using Mizzen.ControlPlane.Registration;
using Mizzen.ControlPlane.Serving;

namespace Mizzen.ControlPlane.Push;

/// <summary>
/// The ADS service (<c>envoy.service.discovery.v3</c>), delta and state of the world. A proxy must show a service-account token, and may
/// only ask for the configuration of its own namespace and service account. On the plain port everybody is believed, and nobody gets keys.
/// </summary>
internal sealed class AggregatedDiscovery(
    CallAuthentication authentication,
    ProxyConfiguration configuration,
    ConnectionRegistry registry,
    WorkloadRegistration? registration,
    PilotMetrics metrics,
    ILogger<AggregatedDiscovery> logger,
    TimeProvider clock,
    CancellationToken stopping) : AggregatedDiscoveryService.AggregatedDiscoveryServiceBase
{
    public override Task DeltaAggregatedResources(
        IAsyncStreamReader<DeltaDiscoveryRequest> requestStream,
        IServerStreamWriter<DeltaDiscoveryResponse> responseStream,
        ServerCallContext context) => ServeAsync(requestStream, responseStream, isDelta: true, context);

    public override Task StreamAggregatedResources(
        IAsyncStreamReader<DiscoveryRequest> requestStream, IServerStreamWriter<DiscoveryResponse> responseStream, ServerCallContext context)
    {
        var stream = new StateOfTheWorldStream(requestStream, responseStream);
        return ServeAsync(stream, stream, isDelta: false, context);
    }

    private async Task ServeAsync(
        IAsyncStreamReader<DeltaDiscoveryRequest> requestStream, IServerStreamWriter<DeltaDiscoveryResponse> responseStream, bool isDelta, ServerCallContext context)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, stopping);
        var identity = RoleRouting.RoleOf(context) == ListenerRole.PlainDiscovery ? null : await authentication.AuthenticateAsync(context, stop.Token);
        if (!await requestStream.MoveNext(stop.Token))
        {
            return;
        }

        var connection = Open(requestStream.Current.Node, identity, isDelta);
        var registering = identity is not null && WorkloadRegistration.IsAskedFor(connection.View) ? registration : null;
        if (registering is not null)
        {
            await JoinAsync(registering, connection.View, identity!, stop.Token);
        }

        registry.Add(connection);
        Log.Connected(logger, connection.Id, connection.View.Type, connection.View.Address, registry.All.Count);
        try
        {
            await connection.RunAsync(requestStream.Current, requestStream, responseStream, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The proxy has gone, or we are about to: it connects again.
        }
        finally
        {
            registry.Remove(connection);
            Log.Disconnected(logger, connection.Id, clock.GetUtcNow() - connection.ConnectedAt);
            if (registering is not null)
            {
                await registering.LeaveAsync(connection.View, CancellationToken.None);
            }
        }
    }

    private static async Task JoinAsync(WorkloadRegistration registration, ProxyView view, ProxyIdentity identity, CancellationToken cancellationToken)
    {
        try
        {
            await registration.JoinAsync(view, identity.ServiceAccount, cancellationToken);
        }
        catch (FormatException error)
        {
            throw new RpcException(new Status(StatusCode.FailedPrecondition, error.Message));
        }
        catch (Exception error) when (error is ApiException or HttpRequestException)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, $"the WorkloadEntry could not be made: {error.Message}"));
        }
    }

    private ProxyConnection Open(Node? node, ProxyIdentity? identity, bool isDelta)
    {
        ProxyView view;
        try
        {
            view = NodeReader.Read(node) with { IsAnonymous = identity is null };
        }
        catch (FormatException error)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, error.Message));
        }

        if (identity is not null)
        {
            Verify(node!, view, identity);
        }

        return new ProxyConnection(
            registry.NextId(view.Name, view.Namespace), view, NodeReader.VersionOf(node!), isDelta, configuration, metrics, logger, clock,
            (reason, token) => registration is not null && !view.IsAnonymous && WorkloadRegistration.IsAskedFor(view) ? registration.ReportAsync(view, reason, token) : Task.CompletedTask);
    }

    private void Verify(Node node, ProxyView view, ProxyIdentity identity)
    {
        var account = NodeReader.ServiceAccountOf(node) ?? identity.ServiceAccount;
        if (view.Namespace != identity.Namespace || account != identity.ServiceAccount)
        {
            var text = $"the token is {identity.Namespace}/{identity.ServiceAccount}'s, but the node says {view.Namespace}/{account}";
            Log.NotTrusted(logger, node.Id, text);
            throw new RpcException(new Status(StatusCode.PermissionDenied, text));
        }
    }
}
