using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.ControlPlane.Certificates;

/// <summary>Keeps the mesh's root certificate in every namespace: ConfigMap <c>istio-ca-root-cert</c>, key <c>root-cert.pem</c>.</summary>
internal sealed class RootDistribution
{
    /// <summary>Istio's name.</summary>
    public const string ConfigMapName = "istio-ca-root-cert";

    private const string Key = "root-cert.pem";

    /// <summary>Namespaces without pods of the mesh (Istio's list).</summary>
    private static readonly string[] Skipped = ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"];

    private readonly ResourceClient _client;
    private readonly string _rootPem;
    private readonly Informer<Namespace> _namespaces;
    private readonly Informer<ConfigMap> _configMaps;
    private readonly ReconcileLoop<string> _loop;

    public RootDistribution(ResourceClient client, string rootPem, ILogger logger, TimeProvider clock)
    {
        _client = client;
        _rootPem = rootPem;
        _loop = new ReconcileLoop<string>("root certificate", ReconcileAsync, logger, clock);
        _namespaces = new Informer<Namespace>(client, null, null, logger, clock);
        _configMaps = new Informer<ConfigMap>(client, null, new ListOptions { FieldSelector = "metadata.name=" + ConfigMapName }, logger, clock);
        _namespaces.Changed += change => _loop.Queue.Add(change.Object.Metadata.Name!);
        _configMaps.Changed += change => _loop.Queue.Add(change.Object.Metadata.Namespace!);
    }

    public Task RunAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_namespaces.RunAsync(cancellationToken), _configMaps.RunAsync(cancellationToken), _loop.RunAsync(cancellationToken));

    private async Task ReconcileAsync(string ns, CancellationToken cancellationToken)
    {
        await _configMaps.WaitForSyncAsync(cancellationToken);
        var isWanted = _namespaces.Find(null, ns) is { Metadata.DeletionTimestamp: null } && !Skipped.Contains(ns);
        if (!isWanted || _configMaps.Find(ns, ConfigMapName)?.Data?.GetValueOrDefault(Key) == _rootPem)
        {
            return;
        }

        await _client.ApplyAsync(
            new ConfigMap
            {
                Metadata = new ObjectMeta { Name = ConfigMapName, Namespace = ns, Labels = new Dictionary<string, string> { ["istio.io/config"] = "true" } },
                Data = new Dictionary<string, string> { [Key] = _rootPem },
            },
            "istiod",
            force: true,
            cancellationToken);
    }
}
