using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Core;

/// <summary>A scope for names (<c>core/v1</c> Namespace).</summary>
public sealed record Namespace : Resource
{
    public NamespaceSpec? Spec { get; init; }

    public NamespaceStatus? Status { get; init; }
}

public sealed record NamespaceSpec
{
    public IReadOnlyList<string>? Finalizers { get; init; }
}

public sealed record NamespaceStatus
{
    /// <summary>Active or Terminating.</summary>
    public string? Phase { get; init; }

    [ListMap("type")]
    [PatchMerge("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}
