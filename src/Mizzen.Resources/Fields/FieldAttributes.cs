namespace Mizzen.Resources.Fields;

/// <summary>The list is a map: its items are told apart by these fields (<c>x-kubernetes-list-type: map</c>).</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ListMapAttribute(params string[] keys) : Attribute
{
    /// <summary>The JSON names of the key fields.</summary>
    public IReadOnlyList<string> Keys { get; } = keys;
}

/// <summary>The list is a set of plain values (<c>x-kubernetes-list-type: set</c>).</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ListSetAttribute : Attribute;

/// <summary>A strategic merge patch merges the list (<c>x-kubernetes-patch-strategy: merge</c>), by this field where items are objects.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PatchMergeAttribute(string? key = null) : Attribute
{
    /// <summary>The JSON name of the merge key; null for lists of plain values.</summary>
    public string? Key { get; } = key;
}

/// <summary>
/// A patch that kubectl makes names the fields that stay (<c>x-kubernetes-patch-strategy: retainKeys</c>): of a union, only one may be set.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PatchRetainKeysAttribute : Attribute;

/// <summary>The map or object is replaced as a whole (<c>x-kubernetes-map-type: atomic</c>).</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Class)]
public sealed class AtomicMapAttribute : Attribute;

/// <summary>The only values a string may have.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AllowedValuesAttribute(params string[] values) : Attribute
{
    /// <summary>The values.</summary>
    public IReadOnlyList<string> Values { get; } = values;
}

/// <summary>The value that the API server fills in when the field is absent.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DefaultAttribute(string value) : Attribute
{
    /// <summary>The value, as a string.</summary>
    public string Value { get; } = value;
}
