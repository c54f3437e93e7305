using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Resources;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers.Namespaces;

/// <summary>What every namespace has: the service account <c>default</c> and the certificate of the cluster's authority.</summary>
internal sealed class NamespaceDefaultsController
{
    private const string DefaultAccount = "default";
    private const string RootCertificateMap = "kube-root-ca.crt";
    private const string RootCertificateKey = "ca.crt";

    private readonly ResourceClient _client;
    private readonly ClusterInformers _informers;
    private readonly string? _rootCertificate;
    private readonly ReconcileLoop<string> _loop;

    public NamespaceDefaultsController(ResourceClient client, ClusterInformers informers, ControllerOptions options, ILogger logger, TimeProvider clock)
    {
        _client = client;
        _informers = informers;
        _rootCertificate = options.RootCertificate;
        _loop = new ReconcileLoop<string>("namespace-defaults-controller", ReconcileAsync, logger, clock);
        informers.Namespaces.Changed += change => _loop.Queue.Add(change.Object.Metadata.Name ?? "");
        informers.Metadata.Changed += Take;
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await _informers.Metadata.WaitForSyncAsync(cancellationToken);
        await _loop.RunAsync(cancellationToken);
    }

    private void Take(MetadataChange change)
    {
        var isAccount = change.Kind.ClrType == typeof(ServiceAccount) && change.Metadata.Name == DefaultAccount && change.New is null;
        var isCertificate = change.Kind.ClrType == typeof(ConfigMap) && change.Metadata.Name == RootCertificateMap;
        if (isAccount || isCertificate)
        {
            _loop.Queue.Add(change.Metadata.Namespace ?? "");
        }
    }

    private async Task ReconcileAsync(string name, CancellationToken cancellationToken)
    {
        if (_informers.Namespaces.Find(null, name) is not { Metadata.DeletionTimestamp: null })
        {
            return;
        }

        if (_informers.Metadata.Find(KindCatalog.Of<ServiceAccount>(), name, DefaultAccount) is null)
        {
            await CreateAsync(new ServiceAccount { Metadata = new ObjectMeta { Namespace = name, Name = DefaultAccount } }, cancellationToken);
        }

        if (_rootCertificate is not null)
        {
            await KeepCertificateAsync(name, _rootCertificate, cancellationToken);
        }
    }

    private async Task KeepCertificateAsync(string name, string certificate, CancellationToken cancellationToken)
    {
        var data = new Dictionary<string, string> { [RootCertificateKey] = certificate };
        var existing = await _client.FindAsync<ConfigMap>(name, RootCertificateMap, cancellationToken);
        if (existing is null)
        {
            await CreateAsync(new ConfigMap { Metadata = new ObjectMeta { Namespace = name, Name = RootCertificateMap }, Data = data }, cancellationToken);
        }
        else if (existing.Data is not { Count: 1 } present || present.GetValueOrDefault(RootCertificateKey) != certificate)
        {
            await _client.ReplaceAsync(existing with { Data = data }, cancellationToken);
        }
    }

    private async Task CreateAsync<T>(T resource, CancellationToken cancellationToken)
        where T : Resource
    {
        try
        {
            await _client.CreateAsync(resource, cancellationToken);
        }
        catch (ApiException error) when (error.IsConflict || IsTerminating(error))
        {
            // It is there already and the informer is a moment behind, or the namespace is on its way out: both are as wanted.
        }
    }

    private static bool IsTerminating(ApiException error) =>
        error.Status.Details?.Causes?.Any(cause => cause.Reason == "NamespaceTerminating") == true;
}
