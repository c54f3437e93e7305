using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Clusters;

/// <summary>Outlier detection: endpoints that fail several times in a row are left out for a while, by all loops.</summary>
internal static class Outliers
{
    /// <summary>An endpoint has answered.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="status">HTTP status.</param>
    /// <param name="now">Loop time in milliseconds.</param>
    public static void OnStatus(EndpointState endpoint, int status, long now)
    {
        if (endpoint.Cluster.Model.Outlier is not { } outlier)
        {
            return;
        }

        endpoint.Health.OnReached();
        Judge(endpoint, status, outlier, now);
    }

    /// <summary>An endpoint has not been reached, or not answered.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="status">The status that the client would get for it.</param>
    /// <param name="now">Loop time in milliseconds.</param>
    public static void OnFailure(EndpointState endpoint, int status, long now)
    {
        if (endpoint.Cluster.Model.Outlier is not { } outlier)
        {
            return;
        }

        if (!outlier.SplitsLocalErrors)
        {
            Judge(endpoint, status, outlier, now);
        }
        else if (endpoint.Health.OnLocalError(outlier))
        {
            Eject(endpoint, outlier, now);
        }
    }

    private static void Judge(EndpointState endpoint, int status, OutlierModel outlier, long now)
    {
        if (status < 500)
        {
            endpoint.Health.OnSuccess();
        }
        else if (endpoint.Health.OnServerError(status is 502 or 503 or 504, outlier))
        {
            Eject(endpoint, outlier, now);
        }
    }

    private static void Eject(EndpointState endpoint, OutlierModel outlier, long now)
    {
        if (MayEject(endpoint.Cluster, outlier.MaxEjectionPercent, now))
        {
            endpoint.Health.Eject(outlier, now);
        }
    }

    /// <summary>One endpoint may always be ejected, more only within the percentage (Envoy).</summary>
    private static bool MayEject(ClusterState cluster, uint percent, long now)
    {
        var ejected = 0;
        foreach (var endpoint in cluster.Endpoints)
        {
            ejected += endpoint.Health.EjectedUntil > now ? 1 : 0;
        }

        return ejected == 0 || (ejected + 1) * 100 <= percent * cluster.Endpoints.Length;
    }
}
