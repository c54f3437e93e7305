namespace Mizzen.Client;

/// <summary>How to delete (<c>meta/v1</c> DeleteOptions).</summary>
public sealed record DeleteOptions
{
    /// <summary>Always <c>DeleteOptions</c>.</summary>
    public string Kind { get; init; } = "DeleteOptions";

    /// <summary>Always <c>v1</c>.</summary>
    public string ApiVersion { get; init; } = "v1";

    /// <summary>Seconds for a graceful end; 0 removes the object at once; null takes the object's own.</summary>
    public long? GracePeriodSeconds { get; init; }

    /// <summary>Background, Foreground or Orphan.</summary>
    public string? PropagationPolicy { get; init; }

    /// <summary>Delete only this very object.</summary>
    public Preconditions? Preconditions { get; init; }
}

/// <summary>What must hold for a deletion.</summary>
public sealed record Preconditions
{
    /// <summary>The identity.</summary>
    public string? Uid { get; init; }

    /// <summary>The version.</summary>
    public string? ResourceVersion { get; init; }
}
