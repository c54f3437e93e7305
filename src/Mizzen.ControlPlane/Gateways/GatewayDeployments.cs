using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.ControlPlane.Injection;
using Mizzen.ControlPlane.Model.GatewayApi;
using Mizzen.ControlPlane.Push;
using Mizzen.Resources;
using Mizzen.Resources.GatewayApi;
using Mizzen.Resources.Meta;

namespace Mizzen.ControlPlane.Gateways;

/// <summary>
/// Deploys proxies for the Gateways of the Gateway API, and keeps the classes that are ours. What is deployed belongs to its Gateway: the
/// garbage collector removes it with it.
/// </summary>
internal sealed class GatewayDeployments
{
    private const string FieldManager = "istio.io/gateway-controller";

    /// <summary>Istio's class, and ours by our own name.</summary>
    private static readonly string[] ClassNames = ["istio", "mizzen"];

    private readonly ResourceClient _client;
    private readonly ProxyConfiguration _configuration;
    private readonly Func<InjectionSettings> _settings;
    private readonly ReconcileLoop<ResourceKey> _loop;
    private readonly Dictionary<ResourceKey, string> _applied = [];

    public GatewayDeployments(ResourceClient client, ProxyConfiguration configuration, Func<InjectionSettings> settings, ILogger logger, TimeProvider clock)
    {
        _client = client;
        _configuration = configuration;
        _settings = settings;
        _loop = new ReconcileLoop<ResourceKey>("gateway deployment", ReconcileAsync, logger, clock);
        configuration.Changed += AddAll;
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var name in ClassNames)
        {
            _loop.Queue.Add(new ResourceKey(AttachedListener.Group, nameof(GatewayClass), null, name));
        }

        AddAll();
        await _loop.RunAsync(cancellationToken);
        _configuration.Changed -= AddAll;
    }

    private void AddAll()
    {
        foreach (var verdict in _configuration.Snapshot.GatewayApi.GatewayVerdicts.Where(verdict => !ListenerTable.IsManual(verdict.Gateway)))
        {
            _loop.Queue.Add(KeyOf(verdict.Gateway));
        }
    }

    private static ResourceKey KeyOf(KubernetesGateway gateway) => new(AttachedListener.Group, "Gateway", gateway.Metadata.Namespace, gateway.Metadata.Name ?? "");

    private async Task ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (key.Kind == nameof(GatewayClass))
        {
            await _client.ApplyAsync(ClassOf(key.Name), FieldManager, force: false, cancellationToken);
            return;
        }

        if (_configuration.Snapshot.GatewayApi.GatewayVerdicts.FirstOrDefault(verdict => KeyOf(verdict.Gateway) == key) is not { Gateway.Metadata.DeletionTimestamp: null } verdict)
        {
            _applied.Remove(key);
            return;
        }

        if (verdict.Conditions.Any(condition => condition is { Reason: "InvalidParameters" or "UnsupportedAddress" }))
        {
            // What is deployed stays as it is until the Gateway is right again.
            return;
        }

        var objects = GatewayDeploymentObjects.Of(verdict, _settings());
        var text = string.Concat(objects.Select(entry => ResourceJson.ToNode<object>(entry).ToJsonString()));
        if (_applied.GetValueOrDefault(key) == text)
        {
            return;
        }

        foreach (var resource in objects)
        {
            var kind = KindCatalog.All.First(candidate => candidate.ClrType == resource.GetType());
            await _client.ApplyAsync(kind, ResourceJson.ToNode<object>(resource with { ApiVersion = kind.ApiVersion, Kind = kind.Kind }), FieldManager, force: true, cancellationToken);
        }

        _applied[key] = text;
    }

    private static GatewayClass ClassOf(string name) => new()
    {
        Metadata = new ObjectMeta { Name = name },
        Spec = new GatewayClassSpec { ControllerName = GatewayApiMesh.Controller, Description = "Gateways that the mesh's own proxies serve" },
    };
}
