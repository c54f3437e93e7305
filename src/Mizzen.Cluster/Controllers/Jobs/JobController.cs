using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Cluster.Events;
using Mizzen.Resources.Batch;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers.Jobs;

/// <summary>Runs the pods of jobs until they have done their work, and removes jobs that are to go by themselves.</summary>
internal sealed class JobController(ResourceClient client, ClusterInformers informers, EventSink events, ILogger logger, TimeProvider clock)
    : PodOwnerController<Job>("job-controller", client, informers, informers.Jobs, events, logger, clock)
{
    protected override LabelSelector? SelectorOf(Job owner) => owner.Spec?.Selector;

    protected override async Task<PodFailure?> ReconcileAsync(Job owner, IReadOnlyList<Pod> owned, CancellationToken cancellationToken)
    {
        if (JobStatusBuilder.FinishedAt(owner.Status) is { } finished)
        {
            await ForgetAsync(owner, finished, cancellationToken);
            return null;
        }

        if (owner.Metadata.DeletionTimestamp is not null)
        {
            return null;
        }

        var now = Clock.GetUtcNow();
        var plan = JobPlan.Decide(owner, owned, now);
        var failure = await DeleteAsync(owner, plan.Delete, cancellationToken)
            ?? await CreateAsync(owner, [.. Enumerable.Range(0, plan.Create).Select(_ => PodFromTemplate.Create(owner, owner.Spec?.Template))], cancellationToken);
        await WriteStatusAsync(owner, owned, plan, now, cancellationToken);
        if (plan.LookAgain is { } pause)
        {
            Look(ObjectName.Of(owner), pause);
        }

        return failure;
    }

    private async Task WriteStatusAsync(Job job, IReadOnlyList<Pod> owned, JobPlan plan, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var status = JobStatusBuilder.Build(job, owned, plan, now);
        if (JobStatusBuilder.Same(job.Status, status))
        {
            return;
        }

        await ReplaceStatusAsync(job, job with { Status = status }, cancellationToken);
        if (plan.End is { Type: "Complete" })
        {
            Events.Normal(job, "Completed", "Job completed");
        }
        else if (plan.End is { } end)
        {
            Events.Warning(job, end.Reason, end.Message);
        }
    }

    private async Task ForgetAsync(Job job, DateTimeOffset finished, CancellationToken cancellationToken)
    {
        if (job.Spec?.TtlSecondsAfterFinished is not { } seconds || job.Metadata.DeletionTimestamp is not null)
        {
            return;
        }

        var left = finished.AddSeconds(seconds) - Clock.GetUtcNow();
        if (left > TimeSpan.Zero)
        {
            Look(ObjectName.Of(job), left);
            return;
        }

        var options = new DeleteOptions { PropagationPolicy = "Foreground", Preconditions = new Preconditions { Uid = job.Metadata.Uid } };
        await Client.DeleteAsync<Job>(job.Metadata.Namespace, job.Metadata.Name!, options, cancellationToken);
    }
}
