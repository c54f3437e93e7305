using Mizzen.Resources.Batch;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Controllers.Jobs;

/// <summary>How a job has ended.</summary>
/// <param name="Type">Complete or Failed.</param>
/// <param name="Reason">Kubernetes' reason.</param>
/// <param name="Message">The same for people.</param>
internal sealed record JobEnd(string Type, string Reason, string Message);

/// <summary>What a job needs next.</summary>
/// <param name="Create">How many pods.</param>
/// <param name="Delete">Which pods go.</param>
/// <param name="End">How it has ended; null while it goes on.</param>
/// <param name="LookAgain">When to decide anew without anything having happened.</param>
internal sealed record JobPlan(int Create, IReadOnlyList<Pod> Delete, JobEnd? End, TimeSpan? LookAgain)
{
    private const int DefaultBackoffLimit = 6;
    private const int MostDoublings = 6;
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromSeconds(10);

    private static readonly JobEnd Complete = new("Complete", "CompletionsReached", "Reached expected number of succeeded pods");
    private static readonly JobEnd TooManyFailures = new("Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit");
    private static readonly JobEnd TooLate = new("Failed", "DeadlineExceeded", "Job was active longer than specified deadline");

    /// <summary>Compares what there is with what is wanted.</summary>
    public static JobPlan Decide(Job job, IReadOnlyCollection<Pod> owned, DateTimeOffset now)
    {
        var spec = job.Spec ?? new JobSpec();
        var active = owned.Where(PodReadiness.IsActive).ToList();
        var succeeded = owned.Count(pod => pod.Status?.Phase == "Succeeded");
        if (EndOf(spec, job.Status, owned, active.Count, succeeded, now) is { } end)
        {
            return new JobPlan(0, active, end, null);
        }

        if (spec.Suspend == true)
        {
            return new JobPlan(0, active, null, null);
        }

        var wanted = Math.Min(spec.Parallelism ?? 1, spec.Completions is { } completions ? completions - succeeded : succeeded > 0 ? active.Count : int.MaxValue);
        var left = DeadlineIn(spec, job.Status, now);
        if (active.Count >= wanted)
        {
            return new JobPlan(0, [.. active.OrderByDescending(pod => pod.Metadata.CreationTimestamp).Take(active.Count - wanted)], null, left);
        }

        var pause = BackoffOf(owned, now);
        return pause > TimeSpan.Zero ? new JobPlan(0, [], null, pause) : new JobPlan(wanted - active.Count, [], null, left);
    }

    private static JobEnd? EndOf(JobSpec spec, JobStatus? status, IReadOnlyCollection<Pod> owned, int active, int succeeded, DateTimeOffset now)
    {
        if (spec.Completions is { } completions ? succeeded >= completions : succeeded > 0 && active == 0)
        {
            return Complete;
        }

        // With OnFailure a pod goes on after its container has failed: its restarts are what counts.
        var failures = owned.Count(pod => pod.Status?.Phase == "Failed") + owned.Where(PodReadiness.IsActive).Sum(Restarts);
        return failures > (spec.BackoffLimit ?? DefaultBackoffLimit) ? TooManyFailures : DeadlineIn(spec, status, now) <= TimeSpan.Zero ? TooLate : null;
    }

    private static int Restarts(Pod pod) =>
        pod.Spec?.RestartPolicy == "OnFailure" ? (pod.Status?.ContainerStatuses ?? []).Sum(container => container.RestartCount) : 0;

    private static TimeSpan? DeadlineIn(JobSpec spec, JobStatus? status, DateTimeOffset now) =>
        spec is { ActiveDeadlineSeconds: { } seconds, Suspend: not true } && status?.StartTime is { } start ? start.AddSeconds(seconds) - now : null;

    // Twice as long after each failure, counted from the last one.
    private static TimeSpan BackoffOf(IReadOnlyCollection<Pod> owned, DateTimeOffset now)
    {
        var failed = owned.Where(pod => pod.Status?.Phase == "Failed").ToList();
        return failed.Count == 0
            ? TimeSpan.Zero
            : failed.Max(EndedAt) + (FirstBackoff * Math.Pow(2, Math.Min(failed.Count - 1, MostDoublings))) - now;
    }

    private static DateTimeOffset EndedAt(Pod pod) =>
        (pod.Status?.ContainerStatuses ?? []).Max(container => container.State?.Terminated?.FinishedAt) ?? pod.Metadata.CreationTimestamp ?? DateTimeOffset.MinValue;
}
