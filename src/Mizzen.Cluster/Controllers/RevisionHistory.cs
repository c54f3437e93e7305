using System.Text.Json;
using System.Text.Json.Nodes;
using Mizzen.Client;
using Mizzen.Resources;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers;

/// <summary>Keeps the templates that DaemonSets and StatefulSets have had, as <c>kubectl rollout history</c> and <c>undo</c> read them.</summary>
internal sealed class RevisionHistory(ResourceClient client)
{
    /// <summary>The label by which pods say of which template they are.</summary>
    public const string HashLabel = "controller-revision-hash";

    private const int DefaultLimit = 10;
    private const string ChangeCause = "kubernetes.io/change-cause";

    private readonly Dictionary<string, string> _kept = [];

    /// <summary>Makes the current template the newest revision, and forgets those that are too old.</summary>
    /// <param name="set">The owner.</param>
    /// <param name="template">Its current template.</param>
    /// <param name="limit">How many old ones are kept; null for ten.</param>
    /// <param name="hash">The current template's hash.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task KeepAsync<T>(T set, PodTemplateSpec? template, int? limit, string hash, CancellationToken cancellationToken)
        where T : Resource
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
            await client.CreateAsync(RevisionOf(set, template, name, hash, next), cancellationToken);
        }
        else if (known != mine[^1])
        {
            var patch = new JsonObject { ["revision"] = next };
            await client.PatchAsync<ControllerRevision>(set.Metadata.Namespace, name, PatchType.Merge, patch, null, cancellationToken);
        }

        foreach (var old in mine.Where(revision => revision.Metadata.Name != name).SkipLast(limit ?? DefaultLimit))
        {
            await client.DeleteAsync<ControllerRevision>(set.Metadata.Namespace, old.Metadata.Name!, null, cancellationToken);
        }

        _kept[set.Metadata.Uid!] = hash;
    }

    /// <summary>The template of a revision; null when it is not kept any more.</summary>
    public async Task<PodTemplateSpec?> TemplateAsync(string? ns, string revision, CancellationToken cancellationToken)
    {
        var kept = await client.FindAsync<ControllerRevision>(ns, revision, cancellationToken);
        return kept?.Data is { } data && data.TryGetProperty("spec", out var spec) && spec.TryGetProperty("template", out var template)
            ? template.Deserialize<PodTemplateSpec>(ResourceJson.Options)
            : null;
    }

    private static ControllerRevision RevisionOf<T>(T set, PodTemplateSpec? template, string name, string hash, long number)
        where T : Resource
    {
        var node = ResourceJson.ToNode(template ?? new());
        node["$patch"] = "replace";
        var data = new JsonObject { ["spec"] = new JsonObject { ["template"] = node } };
        return new ControllerRevision
        {
            Metadata = new ObjectMeta
            {
                Namespace = set.Metadata.Namespace,
                Name = name,
                Labels = new Dictionary<string, string>(template?.Metadata?.Labels ?? new Dictionary<string, string>()) { [HashLabel] = hash },
                Annotations = set.Metadata.Annotations?.GetValueOrDefault(ChangeCause) is { } cause ? new Dictionary<string, string> { [ChangeCause] = cause } : null,
                OwnerReferences = [Ownership.ReferenceTo(set)],
            },
            Data = JsonSerializer.SerializeToElement(data),
            Revision = number,
        };
    }
}
