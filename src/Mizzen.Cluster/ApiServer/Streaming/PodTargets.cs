using Mizzen.Cluster.ApiServer.Requests;
using Mizzen.Cluster.Node;
using Mizzen.Cluster.Storage;
using Mizzen.Resources;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.ApiServer.Streaming;

/// <summary>The pods that requests want to talk to, and the nodes that run them.</summary>
internal sealed class PodTargets(ObjectStore store, Func<IPodRuntime?>? runtime)
{
    /// <exception cref="StatusException">There are no nodes yet.</exception>
    public IPodRuntime Runtime => runtime?.Invoke() ?? throw Errors.Refusal(503, "ServiceUnavailable", "this API server has no way to pods", null);

    /// <exception cref="StatusException">There is no such pod, or it is on no node yet.</exception>
    public Pod Find(ApiRequest request)
    {
        var stored = store.Find(request.Kind.Storage, request.Key) ?? throw Errors.NotFound(request.Kind, request.Name);
        var pod = ResourceJson.Deserialize<Pod>(stored.Json);
        return string.IsNullOrEmpty(pod.Spec?.NodeName) ? throw Errors.BadRequest($"pod {request.Name} does not have a host assigned") : pod;
    }

    /// <summary>The container that is asked for, or the only one.</summary>
    /// <exception cref="StatusException">The pod has no such container, or several and none is named.</exception>
    public static string ContainerOf(Pod pod, string? wanted)
    {
        var containers = (pod.Spec?.Containers ?? []).Select(container => container.Name).ToList();
        var all = containers.Concat((pod.Spec?.InitContainers ?? []).Select(container => container.Name)).ToList();
        if (!string.IsNullOrEmpty(wanted))
        {
            return all.Contains(wanted) ? wanted : throw Errors.BadRequest($"container {wanted} is not valid for pod {pod.Metadata.Name}");
        }

        return containers.Count == 1
            ? containers[0]
            : throw Errors.BadRequest(
                $"a container name must be specified for pod {pod.Metadata.Name}, choose one of: [{string.Join(' ', containers)}]"
                + (all.Count > containers.Count ? $" or one of the init containers: [{string.Join(' ', all.Skip(containers.Count))}]" : ""));
    }
}
