using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Node;

/// <summary>
/// Asks a container's probes as often as they say. Until the first success of a startup or readiness probe it asks much more often: a
/// pod should be ready when it is, not up to a period later.
/// </summary>
internal sealed class ProbeLoop(
    ContainerProbe probe, ContainerRecord record, TimeProvider clock, Action changed, Action<string, string> unhealthy)
{
    private const int DefaultPeriodSeconds = 10;
    private const int DefaultFailureThreshold = 3;
    private static readonly TimeSpan FirstEagerPause = TimeSpan.FromMilliseconds(20);

    public async Task UntilStartedAsync(CancellationToken ended)
    {
        if (record.Spec.StartupProbe is { } startup)
        {
            await UntilFirstSuccessAsync(startup, "Startup", ended);
        }

        record.Started = true;
        record.Ready = record.Spec.ReadinessProbe is null;
        changed();
    }

    public Task FollowAsync(Action kill, CancellationToken ended) => Task.WhenAll(ReadinessAsync(ended), LivenessAsync(kill, ended));

    private async Task ReadinessAsync(CancellationToken ended)
    {
        if (record.Spec.ReadinessProbe is not { } readiness)
        {
            return;
        }

        await UntilFirstSuccessAsync(readiness, "Readiness", ended);
        record.Ready = true;
        changed();
        var failures = 0;
        while (true)
        {
            await Task.Delay(PeriodOf(readiness), clock, ended);
            var reason = await probe.AskAsync(readiness, record.Spec, ended);
            failures = reason is null ? 0 : failures + 1;
            if (reason is not null)
            {
                unhealthy("Readiness", reason);
            }

            var ready = record.Ready ? failures < ThresholdOf(readiness) : reason is null;
            if (ready != record.Ready)
            {
                record.Ready = ready;
                changed();
            }
        }
    }

    private async Task LivenessAsync(Action kill, CancellationToken ended)
    {
        if (record.Spec.LivenessProbe is not { } liveness)
        {
            return;
        }

        await Task.Delay(TimeSpan.FromSeconds(liveness.InitialDelaySeconds ?? 0), clock, ended);
        for (var failures = 0; failures < ThresholdOf(liveness);)
        {
            await Task.Delay(PeriodOf(liveness), clock, ended);
            var reason = await probe.AskAsync(liveness, record.Spec, ended);
            failures = reason is null ? 0 : failures + 1;
            if (reason is not null)
            {
                unhealthy("Liveness", reason);
            }
        }

        kill();
    }

    private async Task UntilFirstSuccessAsync(Probe asked, string name, CancellationToken ended)
    {
        await Task.Delay(TimeSpan.FromSeconds(asked.InitialDelaySeconds ?? 0), clock, ended);
        var pause = FirstEagerPause;
        var told = clock.GetTimestamp();
        while (await probe.AskAsync(asked, record.Spec, ended) is { } reason)
        {
            if (clock.GetElapsedTime(told) > PeriodOf(asked))
            {
                unhealthy(name, reason);
                told = clock.GetTimestamp();
            }

            await Task.Delay(pause, clock, ended);
            pause = pause * 1.5 > PeriodOf(asked) ? PeriodOf(asked) : pause * 1.5;
        }
    }

    private static TimeSpan PeriodOf(Probe asked) => TimeSpan.FromSeconds(asked.PeriodSeconds is > 0 and var seconds ? seconds : DefaultPeriodSeconds);

    private static int ThresholdOf(Probe asked) => asked.FailureThreshold is > 0 and var count ? count : DefaultFailureThreshold;
}
