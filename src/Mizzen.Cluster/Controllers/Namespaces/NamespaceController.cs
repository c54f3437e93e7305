using System.Net.Http.Json;
using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Resources;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers.Namespaces;

/// <summary>Ends namespaces: removes all that is in them, and lets them go when nothing is left.</summary>
internal sealed class NamespaceController
{
    private const string Finalizer = "kubernetes";

    // Pods take their time to end; what holds them tells of itself when it goes, this is for what does not.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ResourceClient _client;
    private readonly ClusterInformers _informers;
    private readonly TimeProvider _clock;
    private readonly ReconcileLoop<string> _loop;

    public NamespaceController(ResourceClient client, ClusterInformers informers, ILogger logger, TimeProvider clock)
    {
        _client = client;
        _informers = informers;
        _clock = clock;
        _loop = new ReconcileLoop<string>("namespace-controller", ReconcileAsync, logger, clock);
        informers.Namespaces.Changed += change => _loop.Queue.Add(change.Object.Metadata.Name ?? "");
        informers.Metadata.Changed += Take;
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await _informers.Metadata.WaitForSyncAsync(cancellationToken);
        await _loop.RunAsync(cancellationToken);
    }

    // Something has gone from a namespace that is ending: it may have been the last.
    private void Take(MetadataChange change)
    {
        if (change.New is null && change.Metadata.Namespace is { } ns && IsEnding(_informers.Namespaces.Find(null, ns)))
        {
            _loop.Queue.Add(ns);
        }
    }

    private static bool IsEnding(Namespace? ns) => ns?.Metadata.DeletionTimestamp is not null && ns.Spec?.Finalizers?.Contains(Finalizer) == true;

    private async Task ReconcileAsync(string name, CancellationToken cancellationToken)
    {
        if (_informers.Namespaces.Find(null, name) is not { } ns || !IsEnding(ns))
        {
            return;
        }

        var left = new List<Leftover>();
        foreach (var kind in ContentKinds())
        {
            left.AddRange(await EmptyAsync(kind, name, cancellationToken));
        }

        if (left.Count == 0)
        {
            await FinalizeAsync(ns, cancellationToken);
            return;
        }

        await WriteConditionsAsync(ns, NamespaceConditions.Of(ns.Status?.Conditions ?? [], left, _clock.GetUtcNow()), cancellationToken);
        _loop.Queue.AddAfter(name, Patience);
    }

    // Events are about the others, so they go last.
    private IEnumerable<ResourceKind> ContentKinds() =>
        [.. _informers.Metadata.Kinds.Where(kind => kind.Namespaced), KindCatalog.Of<Event>()];

    private async Task<IEnumerable<Leftover>> EmptyAsync(ResourceKind kind, string ns, CancellationToken cancellationToken)
    {
        try
        {
            var before = await _client.ListAsync<PartialObjectMetadata>(kind, ns, null, cancellationToken);
            if (before.Items.Count == 0)
            {
                return [];
            }

            if (before.Items.Any(item => item.Metadata.DeletionTimestamp is null))
            {
                await _client.DeleteCollectionAsync(kind, ns, cancellationToken);
            }

            var after = await _client.ListAsync<PartialObjectMetadata>(kind, ns, null, cancellationToken);
            return after.Items.Select(item => new Leftover(kind, item.Metadata));
        }
        catch (ApiException error) when (error.IsNotFound)
        {
            // The kind itself has gone, and with it its objects.
            return [];
        }
    }

    private async Task FinalizeAsync(Namespace ns, CancellationToken cancellationToken)
    {
        var kind = KindCatalog.Of<Namespace>();
        var body = ns with
        {
            ApiVersion = kind.ApiVersion,
            Kind = kind.Kind,
            Spec = new NamespaceSpec { Finalizers = [.. (ns.Spec?.Finalizers ?? []).Where(finalizer => finalizer != Finalizer)] },
        };
        using var response = await _client.Http.PutAsJsonAsync(
            new Uri(kind.Path(null, ns.Metadata.Name) + "/finalize", UriKind.Relative), body, ResourceJson.Options, cancellationToken);
        await ResourceClient.RequireSuccessAsync(response, cancellationToken);
    }

    private async Task WriteConditionsAsync(Namespace ns, IReadOnlyList<Condition> conditions, CancellationToken cancellationToken)
    {
        if (!conditions.SequenceEqual(ns.Status?.Conditions ?? []))
        {
            await _client.ReplaceStatusAsync(ns with { Status = (ns.Status ?? new NamespaceStatus()) with { Conditions = conditions } }, cancellationToken);
        }
    }
}
