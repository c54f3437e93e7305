using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Mizzen.Resources.Meta;

namespace Mizzen.Client;

/// <summary>
/// A copy of a collection that follows the server: lists once, then watches, and starts over when the watch cannot go on. Reads are
/// from memory; <see cref="Changed"/> tells of every change, on the informer's own task, one at a time.
/// </summary>
public sealed class Informer<T>(ResourceClient client, string? ns, ListOptions? options, ILogger logger, TimeProvider clock)
    where T : Resource
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<(string Namespace, string Name), T> _items = new();
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Tells of every change. Handlers must be quick and must not throw; work belongs into a <see cref="WorkQueue{TKey}"/>.</summary>
    public event Action<InformerChange<T>>? Changed;

    /// <summary>The objects as the informer knows them now.</summary>
    public IReadOnlyCollection<T> Items => [.. _items.Values];

    /// <summary>One object, or null.</summary>
    public T? Find(string? objectNamespace, string name) => _items.GetValueOrDefault((objectNamespace ?? "", name));

    /// <summary>Completes when the first list has been taken in.</summary>
    public Task WaitForSyncAsync(CancellationToken cancellationToken) => _synced.Task.WaitAsync(cancellationToken);

    /// <summary>Follows the collection until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var backoff = new Backoff(FirstPause, LongestPause);
        string? version = null;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                version ??= await ListAsync(cancellationToken);
                backoff.Reset();
                await foreach (var change in client.WatchAsync<T>(ns, version, options, cancellationToken))
                {
                    version = change.ResourceVersion;
                    Take(change);
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (ApiException error) when (error.IsExpired)
            {
                version = null;
            }
            catch (Exception error) when (error is HttpRequestException or IOException or ApiException or System.Text.Json.JsonException or OperationCanceledException)
            {
                // A kind that is not served yet is no reason to forget what is known.
                Log.WatchFailed(logger, typeof(T).Name, error.Message);
                version = error is ApiException ? null : version;
                await PauseAsync(backoff.Next(), cancellationToken);
            }
        }
    }

    private async Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(pause, clock, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // RunAsync looks at the token itself.
        }
    }

    private async Task<string> ListAsync(CancellationToken cancellationToken)
    {
        var list = await client.ListAsync<T>(ns, options, cancellationToken);
        var seen = new HashSet<(string, string)>();
        foreach (var item in list.Items)
        {
            seen.Add(KeyOf(item));
            Put(item);
        }

        foreach (var key in _items.Keys.Where(key => !seen.Contains(key)))
        {
            Remove(key);
        }

        _synced.TrySetResult();
        return list.ResourceVersion;
    }

    private void Take(WatchEvent<T> change)
    {
        switch (change.Type)
        {
            case WatchEventType.Added or WatchEventType.Modified:
                Put(change.Object);
                break;
            case WatchEventType.Deleted:
                Remove(KeyOf(change.Object));
                break;
        }
    }

    private void Put(T item)
    {
        var key = KeyOf(item);
        var old = _items.GetValueOrDefault(key);
        if (old is not null && old.Metadata.ResourceVersion == item.Metadata.ResourceVersion)
        {
            return;
        }

        _items[key] = item;
        Changed?.Invoke(new InformerChange<T>(old, item));
    }

    private void Remove((string, string) key)
    {
        if (_items.TryRemove(key, out var old))
        {
            Changed?.Invoke(new InformerChange<T>(old, null));
        }
    }

    private static (string Namespace, string Name) KeyOf(T item) => (item.Metadata.Namespace ?? "", item.Metadata.Name ?? "");
}

/// <summary>A change of one object.</summary>
/// <param name="Old">As it was; null when it is new.</param>
/// <param name="New">As it is; null when it is gone.</param>
public readonly record struct InformerChange<T>(T? Old, T? New)
    where T : Resource
{
    /// <summary>The object as last known.</summary>
    public T Object => New ?? Old!;
}
