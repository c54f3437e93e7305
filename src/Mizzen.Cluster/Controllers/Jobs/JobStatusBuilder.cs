using System.Text.Json;
using Mizzen.Resources.Batch;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers.Jobs;

/// <summary>A job's status from its pods.</summary>
internal static class JobStatusBuilder
{
    private static readonly JsonElement NoPods = JsonSerializer.SerializeToElement(new Dictionary<string, string>());

    public static JobStatus Build(Job job, IReadOnlyCollection<Pod> owned, JobPlan plan, DateTimeOffset now)
    {
        var active = plan.End is null && job.Spec?.Suspend != true ? owned.Where(PodReadiness.IsActive).ToList() : [];
        var failed = owned.Count(pod => pod.Status?.Phase == "Failed") + (plan.End is { Type: "Failed" } ? plan.Delete.Count : 0);
        return new JobStatus
        {
            Conditions = ConditionsOf(job, plan, now) is { Count: > 0 } conditions ? conditions : null,
            StartTime = job.Spec?.Suspend == true ? null : job.Status?.StartTime ?? now,
            CompletionTime = plan.End is { Type: "Complete" } ? now : null,
            Active = Some(active.Count),
            Ready = active.Count(PodReadiness.IsReady),
            Terminating = owned.Count(pod => pod.Metadata.DeletionTimestamp is not null && !PodReadiness.IsFinished(pod)),
            Succeeded = Some(owned.Count(pod => pod.Status?.Phase == "Succeeded")),
            Failed = Some(failed),
            UncountedTerminatedPods = NoPods,
        };
    }

    /// <summary>When the job ended; null while it goes on.</summary>
    public static DateTimeOffset? FinishedAt(JobStatus? status) =>
        status?.Conditions?.FirstOrDefault(condition => condition is { Type: "Complete" or "Failed", Status: "True" })?.LastTransitionTime;

    /// <summary>Whether two statuses say the same.</summary>
    public static bool Same(JobStatus? before, JobStatus after) =>
        before is not null
        && before with { Conditions = null, UncountedTerminatedPods = null } == after with { Conditions = null, UncountedTerminatedPods = null }
        && (before.Conditions ?? []).SequenceEqual(after.Conditions ?? []);

    private static IReadOnlyList<Condition> ConditionsOf(Job job, JobPlan plan, DateTimeOffset now)
    {
        var conditions = Suspension(job, job.Status?.Conditions ?? [], now);
        if (plan.End is not { } end)
        {
            return conditions;
        }

        var before = end.Type == "Complete" ? "SuccessCriteriaMet" : "FailureTarget";
        return Conditions.With(Conditions.With(conditions, ConditionOf(before, end.Reason, end.Message, now)), ConditionOf(end.Type, end.Reason, end.Message, now));
    }

    private static IReadOnlyList<Condition> Suspension(Job job, IReadOnlyList<Condition> before, DateTimeOffset now) => job.Spec?.Suspend == true
        ? Conditions.With(before, ConditionOf("Suspended", "JobSuspended", "Job suspended", now))
        : Conditions.Find(before, "Suspended") is { Status: "True" }
            ? Conditions.With(before, ConditionOf("Suspended", "JobResumed", "Job resumed", now) with { Status = "False" })
            : before;

    private static Condition ConditionOf(string type, string reason, string message, DateTimeOffset now) =>
        new() { Type = type, Status = "True", Reason = reason, Message = message, LastProbeTime = now, LastTransitionTime = now };

    // Kubernetes leaves zeros out of these fields.
    private static int? Some(int count) => count == 0 ? null : count;
}
