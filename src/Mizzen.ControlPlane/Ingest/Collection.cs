using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Resources.Meta;

namespace Mizzen.ControlPlane.Ingest;

/// <summary>
/// One kind of the mesh: its informer, and the list that stays the same object until one of its objects changes. Of kinds that are mostly
/// about something else only some objects are looked at.
/// </summary>
internal sealed class Collection<T>
    where T : Resource
{
    private readonly Informer<T> _informer;
    private readonly Func<T, bool>? _isWanted;
    private IReadOnlyList<T> _items = [];
    private int _changed = 1;

    public Collection(ResourceClient client, string? ns, ListOptions? options, ILogger logger, TimeProvider clock, Action changed, Func<T, bool>? isWanted = null)
    {
        _isWanted = isWanted;
        _informer = new Informer<T>(client, ns, options, logger, clock);
        _informer.Changed += change =>
        {
            if ((change.Old is { } old && IsWanted(old)) || (change.New is { } now && IsWanted(now)))
            {
                Volatile.Write(ref _changed, 1);
                changed();
            }
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
                .. _informer.Items.Where(IsWanted)
                    .OrderBy(item => item.Metadata.Namespace, StringComparer.Ordinal)
                    .ThenBy(item => item.Metadata.Name, StringComparer.Ordinal),
            ];
        }

        return _items;
    }

    private bool IsWanted(T item) => _isWanted is null || _isWanted(item);
}
