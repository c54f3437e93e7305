using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mizzen.Resources.Core;

/// <summary>Files that containers of a pod can mount (<c>core/v1</c> Volume); exactly one source is set.</summary>
public sealed record Volume
{
    public required string Name { get; init; }

    public EmptyDirVolumeSource? EmptyDir { get; init; }

    public HostPathVolumeSource? HostPath { get; init; }

    public ConfigMapVolumeSource? ConfigMap { get; init; }

    public SecretVolumeSource? Secret { get; init; }

    [JsonPropertyName("downwardAPI")]
    public DownwardApiVolumeSource? DownwardApi { get; init; }

    public ProjectedVolumeSource? Projected { get; init; }

    public JsonElement? PersistentVolumeClaim { get; init; }

    public JsonElement? Csi { get; init; }

    public JsonElement? Nfs { get; init; }

    public JsonElement? Ephemeral { get; init; }

    public JsonElement? Image { get; init; }

    public JsonElement? Iscsi { get; init; }

    public JsonElement? GitRepo { get; init; }
}

public sealed record EmptyDirVolumeSource
{
    public string? Medium { get; init; }

    public string? SizeLimit { get; init; }
}

public sealed record HostPathVolumeSource
{
    public required string Path { get; init; }

    public string? Type { get; init; }
}

public sealed record KeyToPath
{
    public required string Key { get; init; }

    public required string Path { get; init; }

    public int? Mode { get; init; }
}

public sealed record ConfigMapVolumeSource
{
    public string? Name { get; init; }

    public IReadOnlyList<KeyToPath>? Items { get; init; }

    public int? DefaultMode { get; init; }

    public bool? Optional { get; init; }
}

public sealed record SecretVolumeSource
{
    public string? SecretName { get; init; }

    public IReadOnlyList<KeyToPath>? Items { get; init; }

    public int? DefaultMode { get; init; }

    public bool? Optional { get; init; }
}

public sealed record DownwardApiVolumeSource
{
    public IReadOnlyList<DownwardApiFile>? Items { get; init; }

    public int? DefaultMode { get; init; }
}

public sealed record DownwardApiFile
{
    public required string Path { get; init; }

    public ObjectFieldSelector? FieldRef { get; init; }

    public ResourceFieldSelector? ResourceFieldRef { get; init; }

    public int? Mode { get; init; }
}

public sealed record ProjectedVolumeSource
{
    public IReadOnlyList<VolumeProjection>? Sources { get; init; }

    public int? DefaultMode { get; init; }
}

/// <summary>One source of a projected volume.</summary>
public sealed record VolumeProjection
{
    public SecretProjection? Secret { get; init; }

    [JsonPropertyName("downwardAPI")]
    public DownwardApiVolumeSource? DownwardApi { get; init; }

    public ConfigMapVolumeSource? ConfigMap { get; init; }

    public ServiceAccountTokenProjection? ServiceAccountToken { get; init; }

    public JsonElement? ClusterTrustBundle { get; init; }
}

public sealed record SecretProjection
{
    public string? Name { get; init; }

    public IReadOnlyList<KeyToPath>? Items { get; init; }

    public bool? Optional { get; init; }
}

public sealed record ServiceAccountTokenProjection
{
    public string? Audience { get; init; }

    public long? ExpirationSeconds { get; init; }

    public required string Path { get; init; }
}
