using Mizzen.Cluster.Storage;
using Mizzen.Resources;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.ApiServer.Kinds;

/// <summary>One kind in one version, as a path names it: everything that the generic handlers need to know of it.</summary>
internal sealed record ServedKind
{
    public required string Group { get; init; }

    public required string Version { get; init; }

    public required string Kind { get; init; }

    public required string ListKind { get; init; }

    public required string Plural { get; init; }

    public required string Singular { get; init; }

    public required bool Namespaced { get; init; }

    /// <summary>The collection that all versions of the kind share.</summary>
    public required ResourceName Storage { get; init; }

    /// <summary>Group and version in which objects are stored.</summary>
    public required string StorageApiVersion { get; init; }

    public required StructuralSchema Schema { get; init; }

    /// <summary>The kind as tables and OpenAPI documents know it, in the group of the path.</summary>
    public required ResourceKind Description { get; init; }

    public IReadOnlyList<string> ShortNames { get; init; } = [];

    public IReadOnlyList<string> Categories { get; init; } = [];

    public bool HasStatus { get; init; }

    public ScalePaths? Scale { get; init; }

    /// <summary>False for kinds that a CustomResourceDefinition brings.</summary>
    public bool BuiltIn { get; init; }

    /// <summary>Whether its schema has rules in CEL.</summary>
    public bool HasRules { get; init; }

    /// <summary>Field selectors besides <c>metadata.name</c> and <c>metadata.namespace</c>.</summary>
    public IReadOnlyList<string> SelectableFields { get; init; } = [];

    /// <summary>What writers and readers of an old version are told; null for current ones.</summary>
    public string? DeprecationWarning { get; init; }

    /// <summary>Why nobody can make one, for kinds that there are none of; null for all others.</summary>
    public string? Refusal { get; init; }

    /// <summary>Group and version of the path: <c>apps/v1</c>, or <c>v1</c>.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    public bool IsStorageVersion => ApiVersion == StorageApiVersion;

    /// <summary>How messages name the resource: <c>deployments.apps</c>.</summary>
    public string QualifiedResource => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    /// <summary>Core objects other than these count no generations.</summary>
    public bool CountsGenerations => !BuiltIn || Storage.Group is "apps" or "batch" or "networking.k8s.io" or "policy" or "admissionregistration.k8s.io" or "apiextensions.k8s.io";

    /// <summary>Whether requests are about this resource of this group.</summary>
    public bool Is(string group, string plural) => Storage.Group == group && Storage.Plural == plural;
}

/// <summary>Where a kind keeps what the scale subresource shows; paths like <c>.spec.replicas</c>.</summary>
internal sealed record ScalePaths(string SpecReplicas, string StatusReplicas, string? Selector);
