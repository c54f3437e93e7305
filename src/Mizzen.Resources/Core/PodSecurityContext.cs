using System.Text.Json;

namespace Mizzen.Resources.Core;

/// <summary>Who the programs of a pod are, as far as their containers do not say it themselves (<c>core/v1</c> PodSecurityContext).</summary>
public sealed record PodSecurityContext
{
    /// <summary>User number, 0 to 2147483647.</summary>
    public long? RunAsUser { get; init; }

    /// <summary>Number of the first group; without it 0.</summary>
    public long? RunAsGroup { get; init; }

    public bool? RunAsNonRoot { get; init; }

    /// <summary>The group that volumes belong to, and that every program is in.</summary>
    public long? FsGroup { get; init; }

    public string? FsGroupChangePolicy { get; init; }

    /// <summary>More groups that every program is in.</summary>
    public IReadOnlyList<long>? SupplementalGroups { get; init; }

    public string? SupplementalGroupsPolicy { get; init; }

    public IReadOnlyList<JsonElement>? Sysctls { get; init; }

    public JsonElement? SeLinuxOptions { get; init; }

    public string? SeLinuxChangePolicy { get; init; }

    public JsonElement? WindowsOptions { get; init; }

    public JsonElement? SeccompProfile { get; init; }

    public JsonElement? AppArmorProfile { get; init; }
}
