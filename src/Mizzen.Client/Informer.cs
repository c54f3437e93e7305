using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Mizzen.Resources;
using Mizzen.Resources.Meta;

namespace Mizzen.Client;

/// <summary>
/// A copy of a collection that follows the server: lists once, then watches, and starts over when the watch cannot go on. Reads are
/// from memory; <see cref="Changed"/> tells of every change, on the informer's own task, one at a time.
/// </summary>
/// <param name="client">The API.</param>
/// <param name="kind">The kind, for records that have none of their own.</param>
/// <param name="ns">The namespace; null for all.</param>
/// <param name="options">Which objects; null for all.</param>
/// <param name="logger">Told of interruptions.</param>
/// <param name="clock">For the pauses between attempts.</param>
public sealed class Informer<T>(ResourceClient client, ResourceKind kind, string? ns, ListOptions? options, ILogger logger, TimeProvider clock)
    where T : Resource
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<(string Namespace, string Name), T> _items = new();
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Follows the record's own kind.</summary>
    public Informer(ResourceClient client, string? ns, ListOptions? options, ILogger logger, TimeProvider clock)
        : this(client, KindCatalog.Of<T>(), ns, options, logger, clock)
    {
    }

    /// <summary>The kind that is followed.</summary>
    public ResourceKind Kind => kind;

    /// <summary>True once the first list has been taken in.</summary>
    public bool IsSynced => _synced.Task.IsCompleted;

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
            var heard = false;
            try
            {
                version ??= await ListAsync(cancellationToken);
                await foreach (var change in client.WatchAsync<T>(kind, ns, version, options, cancellationToken))
                {
                    heard = true;
                    version = change.ResourceVersion;
                    Take(change);
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error) when (error is HttpRequestException or IOException or ApiException or System.Text.Json.JsonException or OperationCanceledException)
            {
                // What is known stays known: a kind that is not served yet, or no more, is no reason to forget it.
                Log.WatchFailed(logger, kind.Kind, error.Message);
                version = error is ApiException ? null : version;
            }

            // A server that ends every watch at once must not be asked again at once.
            if (heard)
            {
                backoff.Reset();
            }
            else
            {
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
        var list = await client.ListAsync<T>(kind, ns, options, cancellationToken);
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

        if (old is not null && old.Metadata.Uid != item.Metadata.Uid)
        {
            // Another object under the same name: whoever keeps accounts must hear that the first one went.
            Remove(key);
            old = null;
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
