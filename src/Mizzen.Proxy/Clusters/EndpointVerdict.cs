namespace Mizzen.Proxy.Clusters;

/// <summary>Why the proxy itself leaves an endpoint out.</summary>
/// <param name="FailsChecks">Active health checks do not find it well.</param>
/// <param name="IsEjected">Outlier detection keeps it out.</param>
internal readonly record struct EndpointVerdict(bool FailsChecks, bool IsEjected);
