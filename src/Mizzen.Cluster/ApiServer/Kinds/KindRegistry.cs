using System.Collections.Immutable;
using Mizzen.Cluster.Storage;

namespace Mizzen.Cluster.ApiServer.Kinds;

/// <summary>
/// The kinds that are served now. The table is made anew when the stored CustomResourceDefinitions are others than those it was made
/// from, so a definition takes effect with the very write that brings it.
/// </summary>
internal sealed class KindRegistry(ObjectStore store)
{
    public static readonly ResourceName Definitions = new("apiextensions.k8s.io", "customresourcedefinitions");

    private readonly Lock _gate = new();
    private readonly Dictionary<ObjectKey, (StoredObject Definition, IReadOnlyList<ServedKind> Kinds)> _parsed = [];
    private ImmutableSortedDictionary<ObjectKey, StoredObject>? _definitions;
    private KindIndex _table = new(BuiltInKinds.All);

    public KindIndex Current
    {
        get
        {
            lock (_gate)
            {
                var definitions = store.Snapshot(Definitions).Objects;
                if (!ReferenceEquals(definitions, _definitions))
                {
                    _table = new KindIndex([.. BuiltInKinds.All, .. definitions.Values.SelectMany(KindsOf)]);
                    _definitions = definitions;
                }

                return _table;
            }
        }
    }

    private IReadOnlyList<ServedKind> KindsOf(StoredObject definition)
    {
        if (!_parsed.TryGetValue(definition.Key, out var parsed) || parsed.Definition.Revision != definition.Revision)
        {
            parsed = (definition, CustomKinds.Of(definition));
            _parsed[definition.Key] = parsed;
        }

        return parsed.Kinds;
    }
}
