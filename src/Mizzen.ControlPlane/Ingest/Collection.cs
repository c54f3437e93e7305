using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Resources.Meta;

namespace Mizzen.ControlPlane.Ingest;

/// <summary>One kind of the mesh: its informer, and the list that stays the same object until one of its objects changes.</summary>
internal sealed class Collection<T>
    where T : Resource
{
    private readonly Informer<T> _informer;
    private IReadOnlyList<T> _items = [];
    private int _changed = 1;

    public Collection(ResourceClient client, string? ns, ListOptions? options, ILogger logger, TimeProvider clock, Action changed)
    {
        _informer = new Informer<T>(client, ns, options, logger, clock);
        _informer.Changed += _ =>
        {
            Volatile.Write(ref _changed, 1);
            changed();
        };
    }

    public Task RunAsync(CancellationToken cancellationToken) => _informer.RunAsync(cancellationToken);

    public Task WaitForSyncAsync(CancellationToken cancellationToken) => _informer.WaitForSyncAsync(cancellationToken);

    /// <summary>The objects by namespace and name: the same list as before when nothing has changed.</summary>
    public IReadOnlyList<T> Take()
    {
        // The mark goes before the objects are read: a change in between is taken now and once more.
        if (Interlocked.Exchange(ref _changed, 0) == 1)
        {
            _items =
            [
                .. _informer.Items
                    .OrderBy(item => item.Metadata.Namespace, StringComparer.Ordinal)
                    .ThenBy(item => item.Metadata.Name, StringComparer.Ordinal),
            ];
        }

        return _items;
    }
}
