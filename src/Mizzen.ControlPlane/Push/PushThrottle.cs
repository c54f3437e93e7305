namespace Mizzen.ControlPlane.Push;

/// <summary>
/// Lets only so many pushes be written at once (Istio's <c>PILOT_PUSH_THROTTLE</c>): what is written waits in memory until the proxy reads
/// it, and a change that concerns all proxies would otherwise be there once for each. Safe for use by several threads.
/// </summary>
/// <param name="most">How many; from 1.</param>
/// <param name="patience">How long a push keeps its place; a proxy that reads slower is written to without one, and delays nobody.</param>
/// <param name="clock">Measures the patience.</param>
internal sealed class PushThrottle(int most, TimeSpan patience, TimeProvider clock) : IDisposable
{
    private readonly SemaphoreSlim _places = new(most);

    /// <summary>Writes when there is a place; returns when it is written.</summary>
    public async Task RunAsync(Func<Task> write, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        Task writing;
        try
        {
            writing = write();
            if (!writing.IsCompleted)
            {
                await writing.WaitAsync(patience, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            _places.Release();
        }

        await writing;
    }

    public void Dispose() => _places.Dispose();
}
