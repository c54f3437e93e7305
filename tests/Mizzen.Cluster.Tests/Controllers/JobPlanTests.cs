using Mizzen.Cluster.Controllers.Jobs;
using Mizzen.Resources.Batch;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Tests.Controllers;

public sealed class JobPlanTests
{
    // Pods: R runs, S has succeeded, F has failed an hour ago, f has failed just now.
    [Theory]
    [InlineData("the first pod", 1, 1, "", 1, 0, null)]
    [InlineData("it runs", 1, 1, "R", 0, 0, null)]
    [InlineData("as many at once as wanted", 5, 2, "", 2, 0, null)]
    [InlineData("no more than are left to do", 5, 3, "SSSR", 1, 0, null)]
    [InlineData("fewer at once than before", 5, 1, "RRR", 0, 2, null)]
    [InlineData("done", 2, 2, "SS", 0, 0, "Complete")]
    [InlineData("done: who still runs goes", 1, 2, "SR", 0, 1, "Complete")]
    [InlineData("a failure is made good", 1, 1, "F", 1, 0, null)]
    [InlineData("but not at once", 1, 1, "f", 0, 0, null)]
    [InlineData("until there are too many", 1, 1, "FFF", 0, 0, "Failed")]
    [InlineData("a queue: one success ends it when all have ended", null, 3, "SRR", 0, 0, null)]
    [InlineData("a queue that is empty", null, 3, "SSS", 0, 0, "Complete")]
    public void Decide(string what, int? completions, int parallelism, string pods, int create, int delete, string? end)
    {
        var job = new Job { Metadata = Sample.Meta("job"), Spec = new JobSpec { Completions = completions, Parallelism = parallelism, BackoffLimit = 2 } };
        var plan = JobPlan.Decide(job, [.. pods.Select(PodOf)], Sample.Now);
        Assert.True((create, delete, end) == (plan.Create, plan.Delete.Count, plan.End?.Type), $"{what}: {plan}");
    }

    [Fact]
    public void A_deadline_ends_it()
    {
        var job = new Job { Metadata = Sample.Meta("job"), Spec = new JobSpec { ActiveDeadlineSeconds = 10 }, Status = new JobStatus { StartTime = Sample.Now.AddSeconds(-4) } };
        Assert.Equal(TimeSpan.FromSeconds(6), JobPlan.Decide(job, [PodOf('R', 0)], Sample.Now).LookAgain);
        var late = JobPlan.Decide(job, [PodOf('R', 0)], Sample.Now.AddSeconds(6));
        Assert.Equal(("DeadlineExceeded", 1), (late.End?.Reason, late.Delete.Count));
    }

    private static Pod PodOf(char state, int number)
    {
        var phase = state switch { 'R' => "Running", 'S' => "Succeeded", _ => "Failed" };
        var ended = state == 'F' ? Sample.Now.AddHours(-1) : Sample.Now.AddSeconds(-1);
        var pod = Sample.Pod($"job-{number}", "node-1", state == 'R', phase);
        return pod with
        {
            Status = pod.Status! with
            {
                ContainerStatuses = [new ContainerStatus { Name = "app", State = new ContainerState { Terminated = new ContainerStateTerminated { FinishedAt = ended } } }],
            },
        };
    }
}
