using Microsoft.Extensions.Logging;

namespace Mizzen.Hosting;

/// <summary>The loops of the cluster process: all run until the cluster ends; one that breaks ends it, because the rest could not be trusted.</summary>
internal sealed partial class BackgroundWork(ILogger<BackgroundWork> logger) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _tasks = [];
    private readonly TaskCompletionSource _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Cancelled when the work is to end.</summary>
    public CancellationToken Stopping => _stop.Token;

    /// <summary>Starts a loop.</summary>
    public void Start(string name, Func<CancellationToken, Task> run) => _tasks.Add(Task.Run(() => RunAsync(name, run)));

    /// <summary>Returns when the token is cancelled; throws when a loop has broken before.</summary>
    /// <exception cref="UserErrorException">A loop ended by an error; the message names it.</exception>
    public async Task UntilAsync(CancellationToken cancellationToken)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = cancellationToken.Register(cancelled.SetResult);
        await await Task.WhenAny(cancelled.Task, _broken.Task);
    }

    /// <summary>Does something that must not outlast the loops: when one breaks, its error comes instead.</summary>
    /// <exception cref="UserErrorException">A loop ended by an error; the message names it.</exception>
    public async Task WhileRunningAsync(Task work) => await await Task.WhenAny(work, _broken.Task);

    /// <summary>Ends the loops and waits for them.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_tasks);
    }

    public void Dispose() => _stop.Dispose();

    private async Task RunAsync(string name, Func<CancellationToken, Task> run)
    {
        try
        {
            await run(_stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Told to.
        }
        catch (Exception error)
        {
            Broken(logger, name, error);
            _broken.TrySetException(new UserErrorException($"the {name} broke: {error.Message}", error));
        }
    }

    [LoggerMessage(1, LogLevel.Critical, "the {Name} broke")]
    private static partial void Broken(ILogger logger, string name, Exception error);
}
