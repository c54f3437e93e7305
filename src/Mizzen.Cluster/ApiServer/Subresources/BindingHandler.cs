using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Mizzen.Cluster.ApiServer.Objects;
using Mizzen.Cluster.ApiServer.Requests;
using Mizzen.Cluster.Storage;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.ApiServer.Subresources;

/// <summary>Binds pods to nodes.</summary>
internal sealed class BindingHandler(ObjectStore store, TimeProvider clock)
{
    private const int Attempts = 16;

    /// <summary>Puts a pod on a node; only once, and only a pod that still runs or will.</summary>
    public async Task BindAsync(ApiRequest request, string? podName = null)
    {
        var binding = await RequestBody.ReadObjectAsync(request.Http.Request, []);
        var name = podName ?? request.Target.Name ?? binding.Metadata().Text("name") ?? throw Errors.BadRequest("a binding names its pod in metadata.name");
        var node = binding.Child("target").Text("name") is { Length: > 0 } target ? target : throw Errors.BadRequest("a binding names its node in target.name");
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            if (await TryBindAsync(request, new ObjectKey(request.Namespace, name), node))
            {
                await Answer.StatusAsync(request.Http, new Status { Outcome = "Success", Code = StatusCodes.Status201Created });
                return;
            }
        }

        throw Errors.Modified(request.Kind, name);
    }

    private async Task<bool> TryBindAsync(ApiRequest request, ObjectKey key, string node)
    {
        var current = store.Find(Strategies.PodStrategy.Resource, key) ?? throw Errors.NotFound("", "pods", key.Name);
        var pod = current.ToNode();
        var spec = pod.Ensure("spec");
        if (spec.Text("nodeName") is { Length: > 0 } assigned)
        {
            throw Errors.Conflict(request.Kind, key.Name, $"pod {key.Name} is already assigned to node \"{assigned}\"");
        }

        if (pod.Metadata()["deletionTimestamp"] is not null)
        {
            throw Errors.Conflict(request.Kind, key.Name, $"pod {key.Name} is being deleted, cannot be assigned to a host");
        }

        spec["nodeName"] = node;
        MarkScheduled(pod.Ensure("status"));
        var outcome = await store.WriteAsync(new StoreWrite(Strategies.PodStrategy.Resource, key, current.Revision, pod));
        return outcome.Written is not null;
    }

    private void MarkScheduled(JsonObject status)
    {
        var conditions = status["conditions"] as JsonArray ?? [];
        status["conditions"] = conditions;
        conditions.Remove(conditions.OfType<JsonObject>().FirstOrDefault(condition => condition.Text("type") == "PodScheduled"));
        conditions.Add(new JsonObject { ["type"] = "PodScheduled", ["status"] = "True", ["lastTransitionTime"] = ObjectState.Time(clock.GetUtcNow()) });
    }
}
