using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mizzen.Clusters;

/// <summary>What a running cluster says of itself in <c>cluster.json</c>, for the other verbs to find it.</summary>
/// <param name="ProcessId">The process (as its host sees it) whose end ends the cluster.</param>
/// <param name="Phase">How far the start has come.</param>
/// <param name="ApiServer">The URL of the Kubernetes API.</param>
/// <param name="Gateway">The URL of the ingress gateway on the host.</param>
/// <param name="StartedAt">When the cluster process began (UTC).</param>
/// <param name="Failure">Why the start failed; null unless it did.</param>
internal sealed record ClusterRecord(int ProcessId, ClusterPhase Phase, string ApiServer, string Gateway, DateTimeOffset StartedAt, string? Failure = null)
{
    public static ClusterRecord? Read(ClusterDirectory directory)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(directory.RecordFile), ClusterRecordJson.Default.ClusterRecord);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Replaces the file as a whole, so that a reader never sees half of it.</summary>
    public void Write(ClusterDirectory directory)
    {
        var next = directory.RecordFile + ".next";
        File.WriteAllBytes(next, JsonSerializer.SerializeToUtf8Bytes(this, ClusterRecordJson.Default.ClusterRecord));
        File.Move(next, directory.RecordFile, overwrite: true);
    }
}

/// <summary>The stages of a start, in order.</summary>
internal enum ClusterPhase
{
    Starting,
    Ready,
    Failed,
}

[JsonSerializable(typeof(ClusterRecord))]
[JsonSourceGenerationOptions(WriteIndented = true, UseStringEnumConverter = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class ClusterRecordJson : JsonSerializerContext;
