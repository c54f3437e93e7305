using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Core;

/// <summary>Settings for pods (<c>core/v1</c> ConfigMap).</summary>
public sealed record ConfigMap : Resource
{
    public bool? Immutable { get; init; }

    public IReadOnlyDictionary<string, string>? Data { get; init; }

    /// <summary>Values in base64.</summary>
    public IReadOnlyDictionary<string, string>? BinaryData { get; init; }
}

/// <summary>Secrets for pods (<c>core/v1</c> Secret).</summary>
public sealed record Secret : Resource
{
    public bool? Immutable { get; init; }

    /// <summary>Values in base64.</summary>
    public IReadOnlyDictionary<string, string>? Data { get; init; }

    /// <summary>Values in clear, only written: the server moves them to <see cref="Data"/>.</summary>
    public IReadOnlyDictionary<string, string>? StringData { get; init; }

    public string? Type { get; init; }
}

/// <summary>Who a pod is towards the API (<c>core/v1</c> ServiceAccount).</summary>
public sealed record ServiceAccount : Resource
{
    [ListMap("name")]
    [PatchMerge("name")]
    public IReadOnlyList<ObjectReference>? Secrets { get; init; }

    public IReadOnlyList<LocalObjectReference>? ImagePullSecrets { get; init; }

    public bool? AutomountServiceAccountToken { get; init; }
}
