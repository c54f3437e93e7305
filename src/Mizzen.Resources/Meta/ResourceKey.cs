namespace Mizzen.Resources.Meta;

/// <summary>Names one object for people and tables.</summary>
/// <param name="Group">The API group; null or empty for core.</param>
/// <param name="Kind">The kind.</param>
/// <param name="Namespace">The namespace; null for objects of the whole cluster.</param>
/// <param name="Name">The name.</param>
public sealed record ResourceKey(string? Group, string Kind, string? Namespace, string Name)
{
    /// <summary><c>VirtualService default/reviews</c>.</summary>
    public override string ToString() => Namespace is null ? $"{Kind} {Name}" : $"{Kind} {Namespace}/{Name}";
}
