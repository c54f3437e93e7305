using System.Globalization;
using Mizzen.Cluster.ApiServer.Kinds;
using Mizzen.Cluster.ApiServer.Objects;
using Mizzen.Cluster.ApiServer.Requests;
using Mizzen.Cluster.ApiServer.Streaming;
using Mizzen.Cluster.Node;
using Mizzen.Cluster.Storage;
using Mizzen.Resources;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.ApiServer.Subresources;

/// <summary>Logs of pods, from the files that the nodes write.</summary>
internal sealed class LogHandler(ObjectStore store, string logsFolder, TimeProvider clock)
{
    public async Task ServeAsync(ApiRequest request)
    {
        var stored = store.Find(request.Kind.Storage, request.Key) ?? throw Errors.NotFound(request.Kind, request.Name);
        var pod = ResourceJson.Deserialize<Pod>(stored.Json);
        var query = LogQuery.Read(request, clock.GetUtcNow());
        var container = PodTargets.ContainerOf(pod, query.Container);
        var run = RunOf(pod, container, query.Previous);
        var folder = PodLogs.FolderOf(logsFolder, pod, container);
        var response = request.Http.Response;
        response.ContentType = "text/plain";
        response.Headers.CacheControl = "no-cache, private";
        await new LogReader(query, response.BodyWriter, clock).CopyAsync(
            ContainerLog.FileOf(folder, run), () => IsOver(request.Kind, stored, folder, container, run), request.Aborted);
    }

    private int RunOf(Pod pod, string container, bool previous)
    {
        var runs = Runs(PodLogs.FolderOf(logsFolder, pod, container));
        if (previous)
        {
            return runs.Count > 1
                ? runs[^2]
                : throw Errors.BadRequest($"previous terminated container \"{container}\" in pod \"{pod.Metadata.Name}\" not found");
        }

        return runs.Count > 0 ? runs[^1] : throw NotStarted(pod, container);
    }

    private static StatusException NotStarted(Pod pod, string container)
    {
        var statuses = (pod.Status?.ContainerStatuses ?? []).Concat(pod.Status?.InitContainerStatuses ?? []);
        var reason = statuses.FirstOrDefault(status => status.Name == container)?.State?.Waiting?.Reason ?? "ContainerCreating";
        return string.IsNullOrEmpty(pod.Spec?.NodeName)
            ? Errors.BadRequest($"pod {pod.Metadata.Name} does not have a host assigned")
            : Errors.BadRequest($"container \"{container}\" in pod \"{pod.Metadata.Name}\" is waiting to start: {reason}");
    }

    private static List<int> Runs(string folder) => Directory.Exists(folder)
        ? [.. Directory.EnumerateFiles(folder, "*.log")
            .Select(file => int.TryParse(Path.GetFileNameWithoutExtension(file), NumberStyles.None, CultureInfo.InvariantCulture, out var run) ? run : -1)
            .Where(run => run >= 0)
            .Order()]
        : [];

    // A run is over when the next one has begun, the container is known to have ended, or the pod is gone.
    private bool IsOver(ServedKind kind, StoredObject pod, string folder, string container, int run)
    {
        var now = store.Find(kind.Storage, pod.Key);
        if (now is null || now.Uid != pod.Uid || Runs(folder) is [.., var last] && last > run)
        {
            return true;
        }

        var status = now.ToNode().Child("status");
        var mine = status.Items("containerStatuses").Concat(status.Items("initContainerStatuses")).FirstOrDefault(entry => entry.Text("name") == container);
        return mine.Child("state")?["terminated"] is not null && (mine.Number("restartCount") ?? 0) <= run;
    }
}
