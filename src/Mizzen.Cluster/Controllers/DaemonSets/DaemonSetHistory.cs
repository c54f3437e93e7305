using System.Text.Json;
using System.Text.Json.Nodes;
using Mizzen.Client;
using Mizzen.Resources;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers.DaemonSets;

/// <summary>Keeps the templates that a DaemonSet has had, as <c>kubectl rollout history</c> and <c>undo</c> read them.</summary>
internal sealed class DaemonSetHistory(ResourceClient client)
{
    private const int DefaultLimit = 10;
    private const string ChangeCause = "kubernetes.io/change-cause";

    private readonly Dictionary<string, string> _kept = [];

    /// <summary>Makes the current template the newest revision, and forgets those that are too old.</summary>
    public async Task KeepAsync(DaemonSet set, string hash, CancellationToken cancellationToken)
    {
        if (_kept.GetValueOrDefault(set.Metadata.Uid!) == hash)
        {
            return;
        }

        var all = await client.ListAsync<ControllerRevision>(set.Metadata.Namespace, null, cancellationToken);
        var mine = all.Items.Where(revision => Ownership.IsControlledBy(revision, set)).OrderBy(revision => revision.Revision).ToList();
        var next = mine.Count == 0 ? 1 : (mine[^1].Revision ?? 0) + 1;
        var name = $"{set.Metadata.Name}-{hash}";
        if (mine.Find(revision => revision.Metadata.Name == name) is not { } known)
        {
            await client.CreateAsync(RevisionOf(set, name, hash, next), cancellationToken);
        }
        else if (known != mine[^1])
        {
            var patch = new JsonObject { ["revision"] = next };
            await client.PatchAsync<ControllerRevision>(set.Metadata.Namespace, name, PatchType.Merge, patch, null, cancellationToken);
        }

        foreach (var old in mine.Where(revision => revision.Metadata.Name != name).SkipLast(set.Spec?.RevisionHistoryLimit ?? DefaultLimit))
        {
            await client.DeleteAsync<ControllerRevision>(set.Metadata.Namespace, old.Metadata.Name!, null, cancellationToken);
        }

        _kept[set.Metadata.Uid!] = hash;
    }

    private static ControllerRevision RevisionOf(DaemonSet set, string name, string hash, long number)
    {
        var template = ResourceJson.ToNode(set.Spec?.Template ?? new());
        template["$patch"] = "replace";
        var data = new JsonObject { ["spec"] = new JsonObject { ["template"] = template } };
        return new ControllerRevision
        {
            Metadata = new ObjectMeta
            {
                Namespace = set.Metadata.Namespace,
                Name = name,
                Labels = new Dictionary<string, string>(set.Spec?.Template?.Metadata?.Labels ?? new Dictionary<string, string>()) { [DaemonSetPlan.HashLabel] = hash },
                Annotations = set.Metadata.Annotations?.GetValueOrDefault(ChangeCause) is { } cause ? new Dictionary<string, string> { [ChangeCause] = cause } : null,
                OwnerReferences = [Ownership.ReferenceTo(set)],
            },
            Data = JsonSerializer.SerializeToElement(data),
            Revision = number,
        };
    }
}
