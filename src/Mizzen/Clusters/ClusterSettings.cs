using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mizzen.Clusters;

/// <summary>Everything that <c>mizzen up</c> was told, handed to the cluster process as a file: arguments would be visible to every user.</summary>
internal sealed record ClusterSettings
{
    public required string Name { get; init; }

    /// <summary>How many nodes pods are spread over, 1 to 32.</summary>
    public int Nodes { get; init; } = 4;

    /// <summary>The port of the ingress gateway on 127.0.0.1; 0 takes any free one.</summary>
    public int GatewayPort { get; init; } = 8080;

    /// <summary>The port of the Kubernetes API on 127.0.0.1; 0 takes any free one.</summary>
    public int ApiPort { get; init; }

    /// <summary>Where a copy of the kubeconfig goes; null for none.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>YAML files and folders that are applied once the mesh is ready, as absolute paths.</summary>
    public IReadOnlyList<string> Manifests { get; init; } = [];

    /// <summary>Names of outside services and the <c>host:port</c> where they really answer.</summary>
    public IReadOnlyDictionary<string, string> Outside { get; init; } = new Dictionary<string, string>();

    /// <summary>Applies the sample app and starts its outside time service.</summary>
    public bool Demo { get; init; }

    /// <summary>Walks the demo's steps after the start.</summary>
    public bool Tour { get; init; }

    /// <summary>True when the cluster runs in the background and its output goes to a log file.</summary>
    public bool Detached { get; init; }

    public static ClusterSettings Read(ClusterDirectory directory) =>
        JsonSerializer.Deserialize(File.ReadAllBytes(FileIn(directory)), ClusterSettingsJson.Default.ClusterSettings)!;

    public void Write(ClusterDirectory directory) =>
        File.WriteAllBytes(FileIn(directory), JsonSerializer.SerializeToUtf8Bytes(this, ClusterSettingsJson.Default.ClusterSettings));

    private static string FileIn(ClusterDirectory directory) => Path.Combine(directory.Path, "settings.json");
}

[JsonSerializable(typeof(ClusterSettings))]
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class ClusterSettingsJson : JsonSerializerContext;
