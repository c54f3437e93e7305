using Mizzen.Cluster.Controllers.Deployments;
using Mizzen.Resources.Apps;

namespace Mizzen.Cluster.Tests.Controllers;

/// <summary>A deployment whose plans are carried out at once, and whose pods become available when the test says so.</summary>
internal sealed class RolloutSimulation(Deployment deployment)
{
    public Deployment Deployment { get; private set; } = deployment;

    public List<ReplicaSet> Sets { get; private set; } = [];

    public DateTimeOffset Now { get; private set; } = Sample.Now;

    public bool HasOldPods { get; set; }

    public ReplicaSet Newest => Sets.MaxBy(RevisionAnnotations.RevisionOf)!;

    public int Total => Sets.Sum(set => set.Spec?.Replicas ?? 0);

    public int Available => Sets.Sum(set => set.Status?.AvailableReplicas ?? 0);

    public void Edit(Func<DeploymentSpec, DeploymentSpec> edit) => Deployment = Deployment with
    {
        Spec = edit(Deployment.Spec!),
        Metadata = Deployment.Metadata with { Generation = Deployment.Metadata.Generation + 1 },
    };

    public void Wait(TimeSpan time) => Now += time;

    public DeploymentPlan Step()
    {
        var plan = DeploymentPlan.Decide(Deployment, Sets, HasOldPods, Now);
        Deployment = Deployment with { Status = plan.Status };
        foreach (var change in plan.Changes)
        {
            Replace(change.Set, set => set with
            {
                Spec = set.Spec! with { Replicas = change.Size },
                Metadata = set.Metadata with { Annotations = change.Annotations },
            });
        }

        Sets = [.. Sets.Where(set => !plan.Remove.Contains(set))];
        if (plan.Create is { } created)
        {
            Sets.Add(created with { Metadata = created.Metadata with { Uid = "uid-" + created.Metadata.Name, CreationTimestamp = Now.AddSeconds(Sets.Count) } });
        }

        return plan;
    }

    /// <summary>The ReplicaSet controller and the nodes do their part; each set may gain only so many available pods.</summary>
    public void Run(int mostNewlyAvailable = int.MaxValue) => Sets = [.. Sets.Select(set => set with { Status = StatusOf(set, mostNewlyAvailable) })];

    /// <summary>Steps until nothing changes any more.</summary>
    public void Settle()
    {
        for (var i = 0; i < 200; i++)
        {
            var before = (Total, Available, Sets.Count, Deployment.Status);
            Step();
            Run();
            if ((before.Total, before.Available, before.Count) == (Total, Available, Sets.Count) && DeploymentStatusBuilder.Same(before.Status, Deployment.Status!))
            {
                return;
            }
        }

        throw new InvalidOperationException("the rollout does not come to rest");
    }

    private static ReplicaSetStatus StatusOf(ReplicaSet set, int most)
    {
        var size = set.Spec?.Replicas ?? 0;
        var available = Math.Min(size, (set.Status?.AvailableReplicas ?? 0) + Math.Min(most, size));
        return new ReplicaSetStatus
        {
            Replicas = size,
            ReadyReplicas = available,
            AvailableReplicas = available,
            ObservedGeneration = set.Metadata.Generation,
        };
    }

    private void Replace(ReplicaSet old, Func<ReplicaSet, ReplicaSet> edit) => Sets = [.. Sets.Select(set => set == old ? edit(set) : set)];
}
