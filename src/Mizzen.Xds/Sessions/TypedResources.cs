using System.Runtime.CompilerServices;
using Envoy.Service.Discovery.V3;

namespace Mizzen.Xds.Sessions;

/// <summary>
/// All resources of one type that some proxies are to have, by name. It never changes and is shared: what differs from a set before it is
/// found out once, however many proxies have that one. Safe for use by several threads.
/// </summary>
public sealed class TypedResources
{
    private readonly IReadOnlyDictionary<string, Resource> _own;
    private readonly TypedResources? _shared;
    private readonly ConditionalWeakTable<TypedResources, Difference>? _differences;

    /// <param name="resources">The resources; the dictionary may not be changed afterwards.</param>
    public TypedResources(IReadOnlyDictionary<string, Resource> resources)
    {
        _own = resources;
        _differences = [];
    }

    /// <param name="own">A few resources that somebody has besides those that many share; of one name, the own one counts.</param>
    /// <param name="shared">What many share.</param>
    public TypedResources(IReadOnlyDictionary<string, Resource> own, TypedResources shared)
    {
        _own = own;
        _shared = shared;
    }

    /// <summary>A set without resources.</summary>
    public static TypedResources Empty { get; } = new(new Dictionary<string, Resource>());

    /// <summary>The resources, in no order.</summary>
    public IEnumerable<Resource> All =>
        _shared is null ? _own.Values : _own.Values.Concat(_shared.All.Where(resource => !_own.ContainsKey(resource.Name)));

    /// <summary>The resource with a name; null when there is none.</summary>
    public Resource? Find(string name) => _own.GetValueOrDefault(name) ?? _shared?.Find(name);

    /// <summary>What is to be sent to, and taken from, somebody who has all of an earlier set.</summary>
    internal Difference Since(TypedResources earlier) =>
        ReferenceEquals(this, earlier) ? Difference.None
        : _shared is { } shared && earlier._shared is { } before ? Compare(earlier, shared.Since(before))
        : _differences is { } known ? known.GetValue(earlier, CompareAll)
        : CompareAll(earlier);

    private Difference CompareAll(TypedResources earlier) => new(
        [.. All.Where(resource => IsOther(earlier.Find(resource.Name), resource))],
        [.. earlier.All.Select(resource => resource.Name).Where(name => Find(name) is null)]);

    // Only where one of the layers differs can the whole.
    private Difference Compare(TypedResources earlier, Difference shared)
    {
        var names = shared.Changed.Select(resource => resource.Name).Concat(shared.Removed).Concat(_own.Keys).Concat(earlier._own.Keys).ToHashSet(StringComparer.Ordinal);
        var changed = names.Select(Find).OfType<Resource>().Where(resource => IsOther(earlier.Find(resource.Name), resource));
        return new Difference([.. changed], [.. names.Where(name => Find(name) is null && earlier.Find(name) is not null)]);
    }

    private static bool IsOther(Resource? earlier, Resource now) => earlier is null || (!ReferenceEquals(earlier, now) && earlier.Version != now.Version);

    /// <summary>How two sets differ.</summary>
    /// <param name="Changed">Resources that are new, or have another version.</param>
    /// <param name="Removed">Names that exist no more.</param>
    internal sealed record Difference(IReadOnlyList<Resource> Changed, IReadOnlyList<string> Removed)
    {
        public static readonly Difference None = new([], []);
    }
}
