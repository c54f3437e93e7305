using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Node;

/// <summary>A pod's status from what is known of its containers: phase, conditions, addresses (the kubelet's rules).</summary>
internal static class PodStatusBuilder
{
    public static PodStatus Build(
        Pod pod, PodStatus? before, IReadOnlyList<ContainerRecord> containers, PodFacts? facts, DateTimeOffset startTime, DateTimeOffset now)
    {
        var inits = containers.Where(container => container.IsInit).ToList();
        var apps = containers.Where(container => !container.IsInit).ToList();
        var phase = PhaseOf(pod, inits, apps);
        var initialized = inits.All(container => container.IsSidecar ? container.Started : container.ExitCode == 0);
        var unready = containers.Where(container => !container.IsInit || container.IsSidecar).Where(container => !container.Ready).ToList();
        var finished = phase is "Succeeded" or "Failed";
        var ready = unready.Count == 0 && !finished;
        var reason = finished ? phase == "Succeeded" ? "PodCompleted" : "PodFailed" : "ContainersNotReady";
        var message = $"containers with unready status: [{string.Join(' ', unready.Select(container => container.Spec.Name))}]";
        var old = before?.Conditions ?? [];
        return new PodStatus
        {
            Phase = phase,
            StartTime = startTime,
            HostIp = facts?.HostAddress,
            HostIps = facts is null ? null : [new PodIp { Ip = facts.HostAddress }],
            PodIp = facts?.PodAddress,
            PodIps = facts is null ? null : [new PodIp { Ip = facts.PodAddress }],
            QosClass = pod.Status?.QosClass ?? QualityOfService.Of(pod),
            Conditions =
            [
                Condition("PodReadyToStartContainers", facts is not null, null, null, old, now),
                Condition("Initialized", initialized, "ContainersNotInitialized", "containers with incomplete status", old, now),
                Condition("Ready", ready, reason, message, old, now),
                Condition("ContainersReady", ready, reason, message, old, now),
                Condition("PodScheduled", true, null, null, old, now),
            ],
            InitContainerStatuses = inits.Count == 0 ? null : [.. inits.Select(container => container.ToStatus())],
            ContainerStatuses = [.. apps.Select(container => container.ToStatus())],
        };
    }

    private static string PhaseOf(Pod pod, List<ContainerRecord> inits, List<ContainerRecord> apps)
    {
        var policy = pod.Spec?.RestartPolicy ?? "Always";
        if (inits.Any(container => !container.IsSidecar && container.ExitCode is > 0) && policy == "Never")
        {
            return "Failed";
        }

        if (policy != "Always" && apps.All(container => container.State.Terminated is not null && (policy == "Never" || container.ExitCode == 0)))
        {
            return apps.All(container => container.ExitCode == 0) ? "Succeeded" : "Failed";
        }

        return apps.Any(container => container.IsRunning || container.RestartCount > 0 || container.LastState is not null) ? "Running" : "Pending";
    }

    private static Condition Condition(
        string type, bool holds, string? reason, string? message, IReadOnlyList<Condition> old, DateTimeOffset now)
    {
        var status = holds ? "True" : "False";
        var before = old.FirstOrDefault(condition => condition.Type == type);
        return new Condition
        {
            Type = type,
            Status = status,
            Reason = holds ? null : reason,
            Message = holds ? null : message,
            LastTransitionTime = before?.Status == status ? before.LastTransitionTime : now,
        };
    }
}
