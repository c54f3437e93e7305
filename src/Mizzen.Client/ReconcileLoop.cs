using Microsoft.Extensions.Logging;

namespace Mizzen.Client;

/// <summary>Works on the keys of a queue, one after another; a failure is logged and the key comes again.</summary>
public sealed class ReconcileLoop<TKey>(string name, Func<TKey, CancellationToken, Task> reconcile, ILogger logger, TimeProvider clock)
    where TKey : notnull
{
    /// <summary>Where keys are asked for.</summary>
    public WorkQueue<TKey> Queue { get; } = new(clock);

    /// <summary>Works until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await WorkAsync(await Queue.TakeAsync(cancellationToken), cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task WorkAsync(TKey key, CancellationToken cancellationToken)
    {
        try
        {
            await reconcile(key, cancellationToken);
            Queue.Done(key);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (ApiException error) when (error.IsConflict || error.IsNotFound)
        {
            // Somebody was faster: the informer will know in a moment.
            Log.ReconcileOvertaken(logger, name, key.ToString() ?? "", error.Message);
            Queue.Failed(key);
        }
        catch (Exception error)
        {
            Log.ReconcileFailed(logger, name, key.ToString() ?? "", error);
            Queue.Failed(key);
        }
    }
}
