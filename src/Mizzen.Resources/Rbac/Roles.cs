using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Rbac;

/// <summary>Permissions in a namespace (<c>rbac.authorization.k8s.io/v1</c> Role).</summary>
public sealed record Role : Resource
{
    public IReadOnlyList<PolicyRule>? Rules { get; init; }
}

/// <summary>Permissions everywhere (<c>rbac.authorization.k8s.io/v1</c> ClusterRole).</summary>
public sealed record ClusterRole : Resource
{
    public IReadOnlyList<PolicyRule>? Rules { get; init; }

    /// <summary>The roles that this one is made of; then its own rules are filled by the cluster.</summary>
    public AggregationRule? AggregationRule { get; init; }
}

public sealed record AggregationRule
{
    public IReadOnlyList<LabelSelector>? ClusterRoleSelectors { get; init; }
}

public sealed record PolicyRule
{
    public IReadOnlyList<string>? Verbs { get; init; }

    public IReadOnlyList<string>? ApiGroups { get; init; }

    public IReadOnlyList<string>? Resources { get; init; }

    public IReadOnlyList<string>? ResourceNames { get; init; }

    [System.Text.Json.Serialization.JsonPropertyName("nonResourceURLs")]
    public IReadOnlyList<string>? NonResourceUrls { get; init; }
}

/// <summary>Gives a role to subjects in a namespace (<c>rbac.authorization.k8s.io/v1</c> RoleBinding).</summary>
public sealed record RoleBinding : Resource
{
    public IReadOnlyList<Subject>? Subjects { get; init; }

    public RoleReference? RoleRef { get; init; }
}

/// <summary>Gives a role to subjects everywhere (<c>rbac.authorization.k8s.io/v1</c> ClusterRoleBinding).</summary>
public sealed record ClusterRoleBinding : Resource
{
    public IReadOnlyList<Subject>? Subjects { get; init; }

    public RoleReference? RoleRef { get; init; }
}

[AtomicMap]
public sealed record Subject
{
    public required string Kind { get; init; }

    public string? ApiGroup { get; init; }

    public required string Name { get; init; }

    public string? Namespace { get; init; }
}

[AtomicMap]
public sealed record RoleReference
{
    public required string ApiGroup { get; init; }

    public required string Kind { get; init; }

    public required string Name { get; init; }
}
