namespace Mizzen.ControlPlane.Model;

/// <summary>To which namespaces an object is exported (Istio's <c>exportTo</c>).</summary>
internal sealed class Visibility : IEquatable<Visibility>
{
    private readonly string _owner;
    private readonly string _text;
    private readonly HashSet<string> _namespaces = new(StringComparer.Ordinal);

    private Visibility(IReadOnlyList<string> exportTo, string owner)
    {
        _owner = owner;
        foreach (var entry in exportTo)
        {
            if (entry == "*")
            {
                IsPublic = true;
            }
            else if (entry != "~")
            {
                _namespaces.Add(entry == "." ? owner : entry);
            }
        }

        _text = IsPublic ? "*" : string.Join(',', _namespaces.Order(StringComparer.Ordinal));
    }

    /// <summary>Every namespace sees it.</summary>
    public bool IsPublic { get; }

    /// <summary>Only its own namespace sees it.</summary>
    public bool IsPrivate => !IsPublic && _namespaces.Count == 1 && _namespaces.Contains(_owner);

    /// <param name="exportTo">The field; null or empty takes the default.</param>
    /// <param name="otherwise">The mesh's default for the kind; null or empty is public.</param>
    /// <param name="owner">The object's namespace.</param>
    public static Visibility Of(IReadOnlyList<string>? exportTo, IReadOnlyList<string>? otherwise, string owner)
    {
        var text = exportTo is { Count: > 0 } ? exportTo : otherwise is { Count: > 0 } ? otherwise : ["*"];
        return new Visibility(text, owner);
    }

    public bool Includes(string ns) => IsPublic || _namespaces.Contains(ns);

    /// <summary>In the order in which a client prefers: what is private to its namespace, what is exported to it by name, what is public.</summary>
    public int RankFor(string ns) => IsPublic ? 2 : IsPrivate && _owner == ns ? 0 : 1;

    public bool Equals(Visibility? other) => other is not null && _text == other._text;

    public override bool Equals(object? obj) => Equals(obj as Visibility);

    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => _text;
}
