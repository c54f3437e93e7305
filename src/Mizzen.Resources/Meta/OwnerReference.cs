using Mizzen.Resources.Fields;

namespace Mizzen.Resources.Meta;

/// <summary>Points at an owner (<c>meta/v1</c> OwnerReference); when it goes, the dependents follow.</summary>
[AtomicMap]
public sealed record OwnerReference
{
    /// <summary>The owner's group and version.</summary>
    public required string ApiVersion { get; init; }

    /// <summary>The owner's kind.</summary>
    public required string Kind { get; init; }

    /// <summary>The owner's name.</summary>
    public required string Name { get; init; }

    /// <summary>The owner's identity.</summary>
    public required string Uid { get; init; }

    /// <summary>True for the one owner that manages the object.</summary>
    public bool? Controller { get; init; }

    /// <summary>True when a foreground deletion of the owner waits for this object.</summary>
    public bool? BlockOwnerDeletion { get; init; }
}
