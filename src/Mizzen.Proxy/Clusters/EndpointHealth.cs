using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Clusters;

/// <summary>
/// How an endpoint has been doing, over all loops: five failures in a row mean five, not five per core. Atomic; a success writes only
/// when it has something to forget, so that healthy endpoints cost their loops a read.
/// </summary>
internal sealed class EndpointHealth
{
    private int _serverErrors;
    private int _gatewayErrors;
    private int _localErrors;
    private int _ejections;
    private long _ejectedUntil;
    private bool _failsChecks;

    /// <summary>The last verdict of active health checks is that it is not well, or there is none yet.</summary>
    public bool FailsChecks
    {
        get => Volatile.Read(ref _failsChecks);
        set => Volatile.Write(ref _failsChecks, value);
    }

    /// <summary>Loop time in milliseconds until which outlier detection keeps it out; 0 when it was never out.</summary>
    public long EjectedUntil => Volatile.Read(ref _ejectedUntil);

    /// <summary>Ejections that count for the next one's length.</summary>
    public int Ejections => Volatile.Read(ref _ejections);

    /// <summary>An answer that is no failure.</summary>
    public void OnSuccess()
    {
        Forget(ref _serverErrors);
        Forget(ref _gatewayErrors);
    }

    /// <summary>The endpoint could be reached.</summary>
    public void OnReached() => Forget(ref _localErrors);

    /// <summary>A failed answer; true when that makes as many in a row as a threshold says.</summary>
    public bool OnServerError(bool isGatewayError, OutlierModel outlier)
    {
        var server = Interlocked.Increment(ref _serverErrors);
        var gateway = 0;
        if (isGatewayError)
        {
            gateway = Interlocked.Increment(ref _gatewayErrors);
        }
        else
        {
            Forget(ref _gatewayErrors);
        }

        return IsReached(server, outlier.ConsecutiveServerErrors) || IsReached(gateway, outlier.ConsecutiveGatewayErrors);
    }

    /// <summary>The endpoint could not be reached; true when that makes as many in a row as the threshold says.</summary>
    public bool OnLocalError(OutlierModel outlier) => IsReached(Interlocked.Increment(ref _localErrors), outlier.ConsecutiveLocalErrors);

    /// <summary>
    /// Out for the base time once more than it was out lately: of what it has been out before, an interval in good health makes up for one
    /// (Envoy). Only one loop's verdict counts when several come at once.
    /// </summary>
    public void Eject(OutlierModel outlier, long now)
    {
        OnSuccess();
        OnReached();
        var before = EjectedUntil;
        if (before > now)
        {
            return;
        }

        var healthy = before == 0 || outlier.Interval == 0 ? 0 : (now - before) / outlier.Interval;
        var ejections = (int)Math.Max(0, Ejections - healthy) + 1;
        var until = now + Math.Min(outlier.BaseEjection * ejections, Math.Max(outlier.BaseEjection, outlier.MaxEjection));
        if (Interlocked.CompareExchange(ref _ejectedUntil, until, before) == before)
        {
            Volatile.Write(ref _ejections, ejections);
        }
    }

    /// <summary>A health check has found it well: what outlier detection held against it is over.</summary>
    public void Readmit(long now)
    {
        OnSuccess();
        OnReached();
        var until = EjectedUntil;
        if (until > now)
        {
            Interlocked.CompareExchange(ref _ejectedUntil, now, until);
        }
    }

    private static bool IsReached(int count, uint threshold) => threshold > 0 && count >= threshold;

    private static void Forget(ref int count)
    {
        if (Volatile.Read(ref count) != 0)
        {
            Volatile.Write(ref count, 0);
        }
    }
}
