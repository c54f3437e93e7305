using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Node;

/// <summary>What is known of one container of a pod: the source of its status. Written by the pod's worker only.</summary>
internal sealed class ContainerRecord(Container spec, bool isInit, bool waitsForInit = false)
{
    public Container Spec { get; } = spec;

    public bool IsInit { get; } = isInit;

    /// <summary>An init container that stays: Kubernetes' native sidecar.</summary>
    public bool IsSidecar => IsInit && Spec.RestartPolicy == "Always";

    public ContainerState State { get; set; } = new() { Waiting = new ContainerStateWaiting { Reason = isInit || waitsForInit ? "PodInitializing" : "ContainerCreating" } };

    public ContainerState? LastState { get; set; }

    public int RestartCount { get; set; }

    public bool Ready { get; set; }

    public bool Started { get; set; }

    public string? Id { get; set; }

    public bool IsRunning => State.Running is not null;

    public int? ExitCode => State.Terminated?.ExitCode;

    /// <summary>The program has ended. An init container that has done its work is what Kubernetes calls ready.</summary>
    public void End(int code, DateTimeOffset startedAt, DateTimeOffset finishedAt, bool outOfMemory)
    {
        Ready = IsInit && !IsSidecar && code == 0;
        Started = false;
        State = new ContainerState
        {
            Terminated = new ContainerStateTerminated
            {
                ExitCode = code,
                Signal = code > 128 ? code - 128 : null,
                Reason = outOfMemory ? "OOMKilled" : code == 0 ? "Completed" : "Error",
                StartedAt = startedAt,
                FinishedAt = finishedAt,
                ContainerId = Id,
            },
        };
    }

    public ContainerStatus ToStatus() => new()
    {
        Name = Spec.Name,
        Image = Spec.Image,
        ImageId = "host://" + Spec.Image,
        ContainerId = Id,
        State = State,
        LastState = LastState ?? new ContainerState(),
        Ready = Ready,
        Started = Started,
        RestartCount = RestartCount,
    };
}
