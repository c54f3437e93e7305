using System.Globalization;
using System.Text.Json.Nodes;
using Mizzen.Cluster.ApiServer.Admission;
using Mizzen.Cluster.ApiServer.Kinds;
using Mizzen.Cluster.ApiServer.Requests;
using Mizzen.Cluster.ApiServer.Strategies;
using Mizzen.Cluster.Storage;

namespace Mizzen.Cluster.ApiServer.Objects;

/// <summary>
/// Deletes objects, or marks them when somebody still holds them: finalizers, a pod's grace period, a namespace's contents. The
/// garbage collector serves the finalizers that Foreground and Orphan set.
/// </summary>
internal sealed class ObjectDeletion(ObjectStore store, AdmissionWebhooks webhooks, TimeProvider clock)
{
    private const int Attempts = 16;
    private const long PodGraceSeconds = 30;

    /// <summary>Deletes one object.</summary>
    /// <returns>The object: gone when <c>Gone</c>, else with its deletionTimestamp.</returns>
    /// <exception cref="StatusException">It does not exist, or is not the one that was meant.</exception>
    public async Task<(StoredObject Object, bool Gone)> DeleteAsync(ApiRequest request, ObjectKey key, DeletionOptions options)
    {
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            var current = store.Find(request.Kind.Storage, key) ?? throw Errors.NotFound(request.Kind, key.Name);
            RequirePreconditions(request, current, options);
            RequireMortal(request, key);
            var attributes = AdmissionAttributes.Of(request, "DELETE", key.Name, options.DryRun) with { Namespace = key.Namespace };
            await webhooks.ValidateAsync(attributes, null, current.ToNode(), request.Aborted);
            if (await TryDeleteAsync(request, current, options) is { } done)
            {
                return done;
            }
        }

        throw Errors.Modified(request.Kind, key.Name);
    }

    private async Task<(StoredObject Object, bool Gone)?> TryDeleteAsync(ApiRequest request, StoredObject current, DeletionOptions options)
    {
        var node = current.ToNode();
        var before = (JsonObject)node.DeepClone();
        Mark(request, node, options);
        var gone = ObjectState.MayVanish(request.Kind, node);
        if (options.DryRun || (!gone && JsonNode.DeepEquals(before, node)))
        {
            return (new StoredObject(current.Key, current.Revision, JsonBytes.Of(node)), gone);
        }

        var outcome = await store.WriteAsync(new StoreWrite(request.Kind.Storage, current.Key, current.Revision, gone ? null : node));
        if (outcome.Written is not { } written)
        {
            return null;
        }

        if (gone && request.Kind.Storage == KindRegistry.Definitions)
        {
            await RemoveInstancesAsync(written);
        }

        return (written, gone);
    }

    // Without its definition a kind is not served, so nobody could remove its objects any more, nor wait for their finalizers.
    private async Task RemoveInstancesAsync(StoredObject definition)
    {
        var spec = definition.ToNode().Child("spec");
        var resource = new ResourceName(spec.Text("group")!, spec.Child("names").Text("plural")!);
        foreach (var instance in store.Snapshot(resource).Objects.Values)
        {
            await store.WriteAsync(new StoreWrite(resource, instance.Key, instance.Revision, null));
        }
    }

    private void Mark(ApiRequest request, JsonObject node, DeletionOptions options)
    {
        var metadata = node.Metadata();
        AddFinalizer(metadata, options.Propagation switch { "Foreground" => "foregroundDeletion", "Orphan" => "orphan", _ => null });
        var grace = request.Kind.Storage == PodStrategy.Resource ? PodGrace(node, options) : 0;
        var already = metadata.Number("deletionGracePeriodSeconds");
        if (metadata["deletionTimestamp"] is null)
        {
            metadata["deletionTimestamp"] = ObjectState.Time(clock.GetUtcNow() + TimeSpan.FromSeconds(grace));
            metadata["deletionGracePeriodSeconds"] = grace;
            if (request.Kind.CountsGenerations)
            {
                metadata["generation"] = (metadata.Number("generation") ?? 0) + 1;
            }
        }
        else if (grace < already)
        {
            // A second deletion may shorten the time, never lengthen it.
            metadata["deletionTimestamp"] = ObjectState.Time(clock.GetUtcNow() + TimeSpan.FromSeconds(grace));
            metadata["deletionGracePeriodSeconds"] = grace;
        }

        if (request.Kind.Storage == NamespaceStrategy.Resource)
        {
            node.Ensure("status")["phase"] = "Terminating";
        }
    }

    // A pod that never reached a node, or has ended, has nobody to wait for.
    private static long PodGrace(JsonObject pod, DeletionOptions options)
    {
        var ended = pod.Child("status").Text("phase") is "Succeeded" or "Failed";
        if (string.IsNullOrEmpty(pod.Child("spec").Text("nodeName")) || ended)
        {
            return 0;
        }

        return options.GracePeriodSeconds ?? pod.Child("spec").Number("terminationGracePeriodSeconds") ?? PodGraceSeconds;
    }

    private static void AddFinalizer(JsonObject metadata, string? finalizer)
    {
        if (finalizer is not null && metadata["deletionTimestamp"] is null && !metadata.Texts("finalizers").Contains(finalizer))
        {
            var finalizers = metadata["finalizers"] as JsonArray ?? [];
            metadata["finalizers"] = finalizers;
            finalizers.Add(finalizer);
        }
    }

    private static void RequireMortal(ApiRequest request, ObjectKey key)
    {
        if (request.Kind.Storage == NamespaceStrategy.Resource && NamespaceStrategy.Immortal.Contains(key.Name))
        {
            throw Errors.Forbidden(request.Kind, key.Name, "this namespace may not be deleted");
        }
    }

    private static void RequirePreconditions(ApiRequest request, StoredObject current, DeletionOptions options)
    {
        if (options.Uid is not null && options.Uid != current.Uid)
        {
            throw Errors.Conflict(
                request.Kind, current.Key.Name, $"Precondition failed: UID in precondition: {options.Uid}, UID in object meta: {current.Uid}");
        }

        var version = current.Revision.ToString(CultureInfo.InvariantCulture);
        if (options.ResourceVersion is not null && options.ResourceVersion != version)
        {
            throw Errors.Conflict(
                request.Kind,
                current.Key.Name,
                $"Precondition failed: ResourceVersion in precondition: {options.ResourceVersion}, ResourceVersion in object meta: {version}");
        }
    }
}
