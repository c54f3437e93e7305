namespace Mizzen.Proxy.HealthChecks;

/// <summary>One question to one endpoint, on a connection of its own.</summary>
internal interface IProbe
{
    /// <summary>Nobody waits any more: ends the connection. Nothing is told after it.</summary>
    void Cancel();
}
