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

    /// <summary>False when the startup probe has failed as often as it may; the container is then restarted.</summary>
    public async Task<bool> UntilStartedAsync(Action<string> restart, CancellationToken ended)
    {
        if (record.Spec.StartupProbe is { } startup && !await UntilFirstSuccessAsync(startup, "Startup", mayGiveUp: true, ended))
        {
            restart("startup");
            return false;
        }

        record.Started = true;
        record.Ready = record.Spec.ReadinessProbe is null;
        changed();
        return true;
    }

    public Task FollowAsync(Action<string> restart, CancellationToken ended) => Task.WhenAll(ReadinessAsync(ended), LivenessAsync(restart, ended));

    private async Task ReadinessAsync(CancellationToken ended)
    {
        if (record.Spec.ReadinessProbe is not { } readiness)
        {
            return;
        }

        await UntilFirstSuccessAsync(readiness, "Readiness", mayGiveUp: false, ended);
        var (successes, failures) = (1, 0);
        while (true)
        {
            SetReady(record.Ready ? failures < ThresholdOf(readiness) : successes >= (readiness.SuccessThreshold ?? 1));
            await Task.Delay(PeriodOf(readiness), clock, ended);
            if (await probe.AskAsync(readiness, ended) is { } reason)
            {
                (successes, failures) = (0, failures + 1);
                unhealthy("Readiness", reason);
            }
            else
            {
                (successes, failures) = (successes + 1, 0);
            }
        }
    }

    private void SetReady(bool ready)
    {
        if (ready != record.Ready)
        {
            record.Ready = ready;
            changed();
        }
    }

    private async Task LivenessAsync(Action<string> restart, CancellationToken ended)
    {
        if (record.Spec.LivenessProbe is not { } liveness)
        {
            return;
        }

        await Task.Delay(TimeSpan.FromSeconds(liveness.InitialDelaySeconds ?? 0), clock, ended);
        for (var failures = 0; failures < ThresholdOf(liveness);)
        {
            await Task.Delay(PeriodOf(liveness), clock, ended);
            var reason = await probe.AskAsync(liveness, ended);
            failures = reason is null ? 0 : failures + 1;
            if (reason is not null)
            {
                unhealthy("Liveness", reason);
            }
        }

        restart("liveness");
    }

    private async Task<bool> UntilFirstSuccessAsync(Probe asked, string name, bool mayGiveUp, CancellationToken ended)
    {
        await Task.Delay(TimeSpan.FromSeconds(asked.InitialDelaySeconds ?? 0), clock, ended);
        var pause = FirstEagerPause;
        var told = clock.GetTimestamp();
        for (var failures = 0; await probe.AskAsync(asked, ended) is { } reason;)
        {
            // Only what is asked once in a period counts as Kubernetes counts.
            if (clock.GetElapsedTime(told) > PeriodOf(asked))
            {
                unhealthy(name, reason);
                told = clock.GetTimestamp();
                failures++;
            }

            if (mayGiveUp && failures >= ThresholdOf(asked))
            {
                return false;
            }

            await Task.Delay(pause, clock, ended);
            pause = pause * 1.5 > PeriodOf(asked) ? PeriodOf(asked) : pause * 1.5;
        }

        return true;
    }

    private static TimeSpan PeriodOf(Probe asked) => TimeSpan.FromSeconds(asked.PeriodSeconds is > 0 and var seconds ? seconds : DefaultPeriodSeconds);

    private static int ThresholdOf(Probe asked) => asked.FailureThreshold is > 0 and var count ? count : DefaultFailureThreshold;
}
