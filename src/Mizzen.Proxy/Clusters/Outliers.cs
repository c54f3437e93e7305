namespace Mizzen.Proxy.Clusters;

/// <summary>Outlier detection: endpoints that fail several times in a row are left out for a while. Each loop judges by what it sees itself.</summary>
internal static class Outliers
{
    /// <summary>An endpoint has answered, or has failed to: then the status is the one that the client would get for it.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="status">HTTP status.</param>
    /// <param name="now">Loop time in milliseconds.</param>
    public static void OnStatus(EndpointState endpoint, int status, long now)
    {
        if (endpoint.Cluster.Model.Outlier is not { } outlier)
        {
            return;
        }

        if (status < 500)
        {
            endpoint.ConsecutiveServerErrors = 0;
            endpoint.ConsecutiveGatewayErrors = 0;
            return;
        }

        endpoint.ConsecutiveServerErrors++;
        endpoint.ConsecutiveGatewayErrors = status is 502 or 503 or 504 ? endpoint.ConsecutiveGatewayErrors + 1 : 0;
        if (IsReached(endpoint.ConsecutiveServerErrors, outlier.ConsecutiveServerErrors)
            || IsReached(endpoint.ConsecutiveGatewayErrors, outlier.ConsecutiveGatewayErrors))
        {
            Eject(endpoint, now);
        }
    }

    private static bool IsReached(int count, uint threshold) => threshold > 0 && count >= threshold;

    private static void Eject(EndpointState endpoint, long now)
    {
        endpoint.ConsecutiveServerErrors = 0;
        endpoint.ConsecutiveGatewayErrors = 0;
        var outlier = endpoint.Cluster.Model.Outlier!;
        if (endpoint.EjectedUntil > now || !MayEject(endpoint.Cluster, outlier.MaxEjectionPercent, now))
        {
            return;
        }

        endpoint.Ejections++;
        endpoint.EjectedUntil = now + Math.Min(outlier.BaseEjection * endpoint.Ejections, Math.Max(outlier.BaseEjection, outlier.MaxEjection));
    }

    /// <summary>One endpoint may always be ejected, more only within the percentage (Envoy).</summary>
    private static bool MayEject(ClusterState cluster, uint percent, long now)
    {
        var ejected = 0;
        foreach (var endpoint in cluster.Endpoints)
        {
            ejected += endpoint.EjectedUntil > now ? 1 : 0;
        }

        return ejected == 0 || (ejected + 1) * 100 <= percent * cluster.Endpoints.Length;
    }
}
