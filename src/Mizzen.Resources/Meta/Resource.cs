namespace Mizzen.Resources.Meta;

/// <summary>What every object of the Kubernetes API has (API conventions, "Objects").</summary>
public abstract record Resource
{
    /// <summary>Group and version, for example <c>apps/v1</c>; <c>v1</c> for the core group.</summary>
    public string? ApiVersion { get; init; }

    /// <summary>The kind, for example <c>Deployment</c>.</summary>
    public string? Kind { get; init; }

    /// <summary>Name, namespace, labels and what the API server keeps about the object.</summary>
    public ObjectMeta Metadata { get; init; } = new();
}
