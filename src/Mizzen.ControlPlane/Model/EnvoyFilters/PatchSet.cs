using System.Runtime.CompilerServices;

namespace Mizzen.ControlPlane.Model.EnvoyFilters;

/// <summary>
/// All patches that are for a proxy, in the order in which they count. Proxies with the same patches share one, which lives as long as its
/// patches: what is made of it is kept with it.
/// </summary>
internal sealed class PatchSet : IEquatable<PatchSet>
{
    private readonly ILookup<PatchPlace, EnvoyPatch> _byPlace;
    private readonly (int Bound, int Port)[] _ports;

    /// <param name="type">Of which proxies.</param>
    /// <param name="patches">The patches.</param>
    /// <param name="ports">Of gateways: the ports of Services in front of the pods' ports.</param>
    public PatchSet(ProxyType type, IReadOnlyList<EnvoyPatch> patches, IEnumerable<(int Bound, int Port)> ports)
    {
        Type = type;
        Patches = patches;
        _byPlace = patches.ToLookup(patch => patch.Place);
        _ports = [.. ports.Distinct().Order()];
    }

    public ProxyType Type { get; }

    public IReadOnlyList<EnvoyPatch> Patches { get; }

    public bool IsEmpty => Patches.Count == 0;

    public IEnumerable<EnvoyPatch> Of(PatchPlace place, PatchContext context) => _byPlace[place].Where(patch => patch.IsFor(context));

    /// <summary>Whether a rule for a port means a gateway's port: clients dial the Service's, the pod listens on another.</summary>
    public bool IsPort(int bound, int asked) => Array.Exists(_ports, pair => pair.Bound == bound)
        ? Array.Exists(_ports, pair => pair.Bound == bound && pair.Port == asked)
        : bound == asked;

    public bool Equals(PatchSet? other) => other is not null && Type == other.Type
        && Patches.SequenceEqual(other.Patches, ReferenceEqualityComparer.Instance) && _ports.AsSpan().SequenceEqual(other._ports);

    public override bool Equals(object? obj) => Equals(obj as PatchSet);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Type);
        foreach (var patch in Patches)
        {
            hash.Add(RuntimeHelpers.GetHashCode(patch));
        }

        return hash.ToHashCode();
    }
}
