using System.Text.Json.Nodes;

namespace Mizzen.Cluster.Patching;

/// <summary>
/// A set of field paths, as <c>FieldsV1</c> writes it: a tree whose edges are <see cref="PathElement"/>s and whose nodes may be members.
/// Never changed once it is built; operations share what stays the same.
/// </summary>
internal sealed class FieldSet
{
    private const string Self = ".";
    private static readonly Dictionary<string, FieldSet> NoChildren = [];
    private readonly Dictionary<string, FieldSet> _children;

    private FieldSet(bool isMember, Dictionary<string, FieldSet> children)
    {
        IsMember = isMember;
        _children = children;
    }

    public static FieldSet Empty { get; } = new(false, NoChildren);

    public static FieldSet Leaf { get; } = new(true, NoChildren);

    /// <summary>Whether the path that leads to this node is in the set.</summary>
    public bool IsMember { get; }

    public bool IsEmpty => !IsMember && _children.Count == 0;

    public IReadOnlyDictionary<string, FieldSet> Children => _children;

    public FieldSet Child(string element) => _children.GetValueOrDefault(element, Empty);

    public bool HasMember(string element) => Child(element).IsMember;

    public FieldSet Union(FieldSet other)
    {
        if (other.IsEmpty || ReferenceEquals(this, other))
        {
            return this;
        }

        if (IsEmpty)
        {
            return other;
        }

        var children = new Dictionary<string, FieldSet>(_children, StringComparer.Ordinal);
        foreach (var (element, theirs) in other._children)
        {
            children[element] = children.TryGetValue(element, out var ours) ? ours.Union(theirs) : theirs;
        }

        return new FieldSet(IsMember || other.IsMember, children);
    }

    /// <summary>Without the other's members; what lies below them stays.</summary>
    public FieldSet Difference(FieldSet other) => other.IsEmpty || IsEmpty
        ? this
        : Map(IsMember && !other.IsMember, (element, child) => child.Difference(other.Child(element)));

    public FieldSet Intersection(FieldSet other) => other.IsEmpty || IsEmpty
        ? Empty
        : Map(IsMember && other.IsMember, (element, child) => child.Intersection(other.Child(element)));

    /// <summary>Without one field of the root and everything below it.</summary>
    public FieldSet WithoutField(string name)
    {
        var gone = PathElement.Field(name);
        return _children.ContainsKey(gone) ? Map(IsMember, (element, child) => element == gone ? Empty : child) : this;
    }

    public FieldSet Map(bool isMember, Func<string, FieldSet, FieldSet> child)
    {
        var children = new Dictionary<string, FieldSet>(_children.Count, StringComparer.Ordinal);
        var same = isMember == IsMember;
        foreach (var (element, old) in _children)
        {
            var next = child(element, old);
            same &= ReferenceEquals(old, next);
            if (!next.IsEmpty)
            {
                children.Add(element, next);
            }
        }

        return same ? this : new FieldSet(isMember, children);
    }

    public bool SetEquals(FieldSet other) =>
        ReferenceEquals(this, other)
        || (IsMember == other.IsMember
            && _children.Count == other._children.Count
            && _children.All(child => other._children.TryGetValue(child.Key, out var theirs) && child.Value.SetEquals(theirs)));

    /// <summary>Every member as people read it: <c>.spec.containers[name="app"].image</c>.</summary>
    public IEnumerable<string> Paths() => Paths("");

    public JsonObject ToJson()
    {
        var json = new JsonObject();
        if (IsMember && _children.Count > 0)
        {
            json[Self] = new JsonObject();
        }

        foreach (var (element, child) in _children.OrderBy(child => child.Key, StringComparer.Ordinal))
        {
            json[element] = child.ToJson();
        }

        return json;
    }

    /// <summary>Reads the value of <c>fieldsV1</c>.</summary>
    public static FieldSet Parse(JsonObject fields) => Parse(fields, isRoot: true);

    private static FieldSet Parse(JsonObject fields, bool isRoot)
    {
        if (fields.Count == 0)
        {
            return isRoot ? Empty : Leaf;
        }

        var children = new Dictionary<string, FieldSet>(fields.Count, StringComparer.Ordinal);
        foreach (var (element, child) in fields)
        {
            if (element != Self)
            {
                children[element] = Parse(child as JsonObject ?? [], isRoot: false);
            }
        }

        return new FieldSet(fields.ContainsKey(Self), children);
    }

    private IEnumerable<string> Paths(string path)
    {
        if (IsMember)
        {
            yield return path;
        }

        foreach (var (element, child) in _children.OrderBy(child => child.Key, StringComparer.Ordinal))
        {
            foreach (var below in child.Paths(path + PathElement.ToText(element)))
            {
                yield return below;
            }
        }
    }

    /// <summary>Collects members below one node; empty nodes leave no trace.</summary>
    internal sealed class Builder
    {
        private readonly Dictionary<string, FieldSet> _children = new(StringComparer.Ordinal);

        public bool IsMember { get; set; }

        public void Add(string element, FieldSet child)
        {
            if (!child.IsEmpty)
            {
                _children[element] = _children.TryGetValue(element, out var old) ? old.Union(child) : child;
            }
        }

        public FieldSet Build() =>
            _children.Count > 0 ? new FieldSet(IsMember, _children)
            : IsMember ? Leaf
            : Empty;
    }
}
