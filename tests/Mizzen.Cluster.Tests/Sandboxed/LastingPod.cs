using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;
using Mizzen.Testing.Sandbox;

namespace Mizzen.Cluster.Tests.Sandboxed;

/// <summary>A cluster with a pod that would run for ever, for the tests that kill it.</summary>
[HelperProgram]
public sealed class LastingPod
{
    /// <summary>What the pod's program is called in the process table: nothing else sleeps this long.</summary>
    public const string Marker = "31536987";

    [SandboxedFact]
    public async Task Runs_until_it_is_killed()
    {
        var cluster = await RunningCluster.StartAsync();
        await cluster.Client.CreateAsync(
            new Pod
            {
                Metadata = new ObjectMeta { Namespace = "default", Name = "lasting" },
                Spec = new PodSpec { Containers = [new Container { Name = "main", Image = "shell", Args = [$"trap '' TERM; setsid sleep {Marker} & sleep {Marker}"] }] },
            },
            TestContext.Current.CancellationToken);
        await cluster.UntilReadyAsync("lasting");
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, TestContext.Current.CancellationToken);
    }
}
