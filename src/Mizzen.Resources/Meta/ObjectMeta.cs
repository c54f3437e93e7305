using System.Text.Json;
using Mizzen.Resources.Fields;

namespace Mizzen.Resources.Meta;

/// <summary>Standard object metadata (<c>meta/v1</c> ObjectMeta).</summary>
public sealed record ObjectMeta
{
    /// <summary>The name, unique in its namespace among objects of its kind.</summary>
    public string? Name { get; init; }

    /// <summary>A prefix from which the server makes a name when none is given.</summary>
    public string? GenerateName { get; init; }

    /// <summary>The namespace; null for objects of the whole cluster.</summary>
    public string? Namespace { get; init; }

    /// <summary>Deprecated by Kubernetes and no longer filled.</summary>
    public string? SelfLink { get; init; }

    /// <summary>The identity of this very object, different from an earlier one of the same name.</summary>
    public string? Uid { get; init; }

    /// <summary>An opaque version for optimistic concurrency.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Counts changes of the desired state.</summary>
    public long? Generation { get; init; }

    /// <summary>When the server made the object (UTC, seconds).</summary>
    public DateTimeOffset? CreationTimestamp { get; init; }

    /// <summary>When deletion was asked for; set while finalizers or a grace period hold the object.</summary>
    public DateTimeOffset? DeletionTimestamp { get; init; }

    /// <summary>Seconds granted for a graceful end.</summary>
    public long? DeletionGracePeriodSeconds { get; init; }

    /// <summary>Labels, for selectors.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Annotations, for everything that is not selected by.</summary>
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>The objects that this one depends on.</summary>
    [ListMap("uid")]
    [PatchMerge("uid")]
    public IReadOnlyList<OwnerReference>? OwnerReferences { get; init; }

    /// <summary>Who must act before the object may go.</summary>
    [ListSet]
    [PatchMerge]
    public IReadOnlyList<string>? Finalizers { get; init; }

    /// <summary>Which manager owns which fields (server-side apply).</summary>
    public IReadOnlyList<JsonElement>? ManagedFields { get; init; }
}
