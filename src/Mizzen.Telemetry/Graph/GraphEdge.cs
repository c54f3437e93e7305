namespace Mizzen.Telemetry.Graph;

/// <summary>Who called whom over one observation window.</summary>
/// <param name="Source">The caller.</param>
/// <param name="Destination">The callee.</param>
/// <param name="Protocol">Istio's <c>request_protocol</c>: http, grpc or tcp.</param>
/// <param name="Requests">Requests in the window (connections for tcp).</param>
/// <param name="Failures">Requests of the window that were answered 5xx or not at all (code 0).</param>
/// <param name="RatePerSecond">Requests per second over the window; 0 when the window has no length.</param>
/// <param name="MeanMilliseconds">The mean duration of a request in milliseconds; 0 without requests.</param>
public sealed record GraphEdge(
    GraphNode Source,
    GraphNode Destination,
    string Protocol,
    double Requests,
    double Failures,
    double RatePerSecond,
    double MeanMilliseconds)
{
    /// <summary>The share of requests that did not fail, 0 to 1; 1 without requests.</summary>
    public double SuccessRate => Requests > 0 ? 1 - (Failures / Requests) : 1;
}
