using System.Text.Json;
using System.Text.Json.Nodes;
using Mizzen.Client;
using Mizzen.Resources;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers;

/// <summary>Which objects an owner controls, which it should take, which it should let go.</summary>
internal sealed record Claim<T>(IReadOnlyList<T> Owned, IReadOnlyList<T> Adopt, IReadOnlyList<T> Release)
    where T : Resource;

/// <summary>Controller references: made, read, and decided about by selector.</summary>
internal static class Ownership
{
    public static OwnerReference? ControllerOf(ObjectMeta metadata) =>
        metadata.OwnerReferences?.FirstOrDefault(reference => reference.Controller == true);

    public static bool IsControlledBy(Resource dependent, Resource owner) =>
        ControllerOf(dependent.Metadata)?.Uid is { } uid && uid == owner.Metadata.Uid;

    /// <summary>The name of the controller of that kind, where there is one.</summary>
    public static ObjectName? ControllerOf<TOwner>(Resource dependent)
        where TOwner : Resource
    {
        var kind = KindCatalog.Of<TOwner>();
        return ControllerOf(dependent.Metadata) is { } reference && reference.Kind == kind.Kind && reference.ApiVersion == kind.ApiVersion
            ? new ObjectName(dependent.Metadata.Namespace ?? "", reference.Name)
            : null;
    }

    public static OwnerReference ReferenceTo<T>(T owner)
        where T : Resource
    {
        var kind = KindCatalog.Of<T>();
        return new OwnerReference
        {
            ApiVersion = kind.ApiVersion,
            Kind = kind.Kind,
            Name = owner.Metadata.Name ?? "",
            Uid = owner.Metadata.Uid ?? "",
            Controller = true,
            BlockOwnerDeletion = true,
        };
    }

    /// <summary>Sorts the objects of the owner's namespace into owned, to adopt and to release.</summary>
    public static Claim<T> Decide<T>(Resource owner, LabelSelector selector, IEnumerable<T> candidates)
        where T : Resource
    {
        List<T> owned = [], adopt = [], release = [];
        var leaving = owner.Metadata.DeletionTimestamp is not null;
        foreach (var candidate in candidates)
        {
            var controller = ControllerOf(candidate.Metadata)?.Uid;
            var selected = selector.Matches(candidate.Metadata.Labels);
            if (controller == owner.Metadata.Uid)
            {
                (selected || leaving ? owned : release).Add(candidate);
            }
            else if (controller is null && selected && !leaving && candidate.Metadata.DeletionTimestamp is null)
            {
                adopt.Add(candidate);
            }
        }

        return new Claim<T>(owned, adopt, release);
    }

    /// <summary>Carries a claim out; what was adopted comes back through the informer.</summary>
    public static async Task WriteAsync<TOwner, T>(ResourceClient client, TOwner owner, Claim<T> claim, CancellationToken cancellationToken)
        where TOwner : Resource
        where T : Resource
    {
        foreach (var item in claim.Adopt)
        {
            await WriteOwnersAsync<T>(client, KindCatalog.Of<T>(), item.Metadata, [.. item.Metadata.OwnerReferences ?? [], ReferenceTo(owner)], cancellationToken);
        }

        foreach (var item in claim.Release)
        {
            var others = (item.Metadata.OwnerReferences ?? []).Where(reference => reference.Uid != owner.Metadata.Uid);
            await WriteOwnersAsync<T>(client, KindCatalog.Of<T>(), item.Metadata, [.. others], cancellationToken);
        }
    }

    /// <summary>Replaces an object's owner references, unless it has changed since it was read.</summary>
    public static Task<T> WriteOwnersAsync<T>(
        ResourceClient client, ResourceKind kind, ObjectMeta metadata, IReadOnlyList<OwnerReference> owners, CancellationToken cancellationToken)
        where T : Resource
    {
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["resourceVersion"] = metadata.ResourceVersion,
                ["ownerReferences"] = owners.Count == 0 ? null : JsonSerializer.SerializeToNode(owners, ResourceJson.Options),
            },
        };
        return client.PatchAsync<T>(kind, metadata.Namespace, metadata.Name!, PatchType.Merge, patch, null, cancellationToken);
    }
}
