using System.Text.Json.Nodes;

namespace Mizzen.Cluster.Tables;

/// <summary>What a pod's containers amount to, in the words of <c>kubectl get pods</c>.</summary>
internal sealed record PodSummary(string Status, int Ready, int Total, long Restarts, DateTimeOffset? LastRestart)
{
    private const string Completed = "Completed";

    public static PodSummary Of(JsonObject pod)
    {
        var init = InitContainers.Of(pod);
        var total = pod.Count("spec", "containers") + init.Sidecars;
        var status = Phase(pod);
        if (init.Status is not null && !HasCondition(pod, "Initialized"))
        {
            return new PodSummary(Terminating(pod) ?? init.Status, init.Ready, total, init.Restarts, init.LastRestart);
        }

        var containers = pod.Items("status", "containerStatuses");
        var running = containers.Count(IsRunning);
        status = containers.Select(Reason).FirstOrDefault(reason => reason is not null) ?? init.Status ?? status;
        if (status == Completed && running > 0)
        {
            status = HasCondition(pod, "Ready") ? "Running" : "NotReady";
        }

        return new PodSummary(
            Terminating(pod) ?? status,
            init.Ready + running,
            total,
            init.SidecarRestarts + containers.Sum(container => container.Number("restartCount")),
            Later(init.LastSidecarRestart, LastRestartOf(containers)));
    }

    public static bool HasCondition(JsonObject pod, string type) =>
        pod.Items("status", "conditions").Any(condition => condition.Text("type") == type && condition.Text("status") == "True");

    private static string Phase(JsonObject pod)
    {
        var gated = pod.Items("status", "conditions").Any(condition =>
            condition.Text("type") == "PodScheduled" && condition.Text("reason") == "SchedulingGated");
        return gated ? "SchedulingGated" : pod.Text("status", "reason") ?? pod.Text("status", "phase") ?? "";
    }

    private static string? Terminating(JsonObject pod) => pod.At("metadata", "deletionTimestamp") is null
        ? null
        : pod.Text("status", "reason") == "NodeLost" ? "Unknown"
        : pod.Text("status", "phase") is "Succeeded" or "Failed" ? null
        : "Terminating";

    private static bool IsRunning(JsonNode container) => container.Flag("ready") && container.At("state", "running") is not null && Reason(container) is null;

    private static string? Reason(JsonNode container) =>
        container.Text("state", "waiting", "reason")
        ?? (container.At("state", "terminated") is { } terminated ? EndOf(terminated) : null);

    private static string EndOf(JsonNode terminated) => terminated.Text("reason")
        ?? (terminated.Number("signal") is not 0 and var signal ? $"Signal:{signal}" : $"ExitCode:{terminated.Number("exitCode")}");

    private static DateTimeOffset? LastRestartOf(IEnumerable<JsonNode> containers) =>
        containers.Select(container => container.Time("lastState", "terminated", "finishedAt")).Max();

    private static DateTimeOffset? Later(DateTimeOffset? one, DateTimeOffset? other) => one is null || other > one ? other : one;

    /// <summary>How far the init containers have come; <see cref="Status"/> is null when they are through.</summary>
    private sealed record InitContainers(
        string? Status,
        int Ready,
        int Sidecars,
        long Restarts,
        DateTimeOffset? LastRestart,
        long SidecarRestarts,
        DateTimeOffset? LastSidecarRestart)
    {
        public static InitContainers Of(JsonObject pod)
        {
            var specs = pod.Items("spec", "initContainers");
            var sidecars = specs.Where(spec => spec.Text("restartPolicy") == "Always").Select(spec => spec.Text("name")).ToHashSet();
            var statuses = pod.Items("status", "initContainerStatuses");
            var blocked = statuses.TakeWhile(status => IsThrough(status, sidecars)).Count();
            var seen = statuses.Take(blocked + 1).ToList();
            var seenSidecars = seen.Where(status => sidecars.Contains(status.Text("name"))).ToList();
            return new InitContainers(
                blocked < statuses.Count ? StatusOf(statuses[blocked], blocked, specs.Count) : null,
                seen.Take(blocked).Count(status => sidecars.Contains(status.Text("name")) && status.Flag("ready") && status.At("state", "terminated") is null),
                sidecars.Count,
                seen.Sum(status => status.Number("restartCount")),
                LastRestartOf(seen),
                seenSidecars.Sum(status => status.Number("restartCount")),
                LastRestartOf(seenSidecars));
        }

        private static bool IsThrough(JsonNode status, HashSet<string?> sidecars) =>
            (status.At("state", "terminated") is { } end && end.Number("exitCode") == 0)
            || (sidecars.Contains(status.Text("name")) && status.Flag("started"));

        private static string StatusOf(JsonNode status, int index, int count)
        {
            if (status.At("state", "terminated") is { } terminated)
            {
                return "Init:" + EndOf(terminated);
            }

            return status.Text("state", "waiting", "reason") is { } reason and not "PodInitializing" ? "Init:" + reason : $"Init:{index}/{count}";
        }
    }
}
