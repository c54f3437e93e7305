using System.Globalization;
using System.Text.Json.Nodes;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Coordination;
using Mizzen.Resources.Meta;

namespace Mizzen.Development;

/// <summary>
/// What is written down while a program of the user's stands in for a Deployment: who it is, and what has to be put back. It is a Lease
/// that the verb renews, so that whoever finds it expired can put everything back.
/// </summary>
internal static class DevelopmentLease
{
    /// <summary>The label that all of them have.</summary>
    public const string Label = "mizzen.dev/development";

    /// <summary>How often the verb renews it.</summary>
    public static readonly TimeSpan RenewPeriod = TimeSpan.FromSeconds(3);

    private const int DurationSeconds = 12;
    private const string DeploymentKey = "mizzen.dev/deployment";
    private const string ReplicasKey = "mizzen.dev/replicas";
    private const string PodKey = "mizzen.dev/pod";

    /// <summary>The lease for a Deployment as it is now.</summary>
    public static Lease Of(Deployment deployment, string pod, DateTimeOffset now) => new()
    {
        Metadata = new ObjectMeta
        {
            Namespace = deployment.Metadata.Namespace,
            Name = "mizzen-dev-" + deployment.Metadata.Name,
            Labels = new Dictionary<string, string> { [Label] = "true" },
            Annotations = new Dictionary<string, string>
            {
                [DeploymentKey] = deployment.Metadata.Name!,
                [ReplicasKey] = (deployment.Spec?.Replicas ?? 1).ToString(CultureInfo.InvariantCulture),
                [PodKey] = pod,
            },
        },
        Spec = new LeaseSpec
        {
            HolderIdentity = string.Create(CultureInfo.InvariantCulture, $"{Environment.UserName}-{Environment.ProcessId}"),
            LeaseDurationSeconds = DurationSeconds,
            AcquireTime = Text(now),
            RenewTime = Text(now),
        },
    };

    /// <summary>The merge patch that renews a lease.</summary>
    public static JsonObject Renewal(DateTimeOffset now) => new() { ["spec"] = new JsonObject { ["renewTime"] = Text(now) } };

    /// <summary>Whether nobody has renewed it for as long as it lasts. A lease without a readable time is expired.</summary>
    public static bool IsExpired(Lease lease, DateTimeOffset now) =>
        !DateTimeOffset.TryParse(lease.Spec?.RenewTime, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var renewed)
        || now - renewed > TimeSpan.FromSeconds(lease.Spec?.LeaseDurationSeconds ?? DurationSeconds);

    /// <summary>The Deployment that it is about.</summary>
    public static string DeploymentOf(Lease lease) => lease.Metadata.Annotations?.GetValueOrDefault(DeploymentKey) ?? "";

    /// <summary>How many replicas the Deployment had.</summary>
    public static int ReplicasOf(Lease lease) =>
        int.TryParse(lease.Metadata.Annotations?.GetValueOrDefault(ReplicasKey), CultureInfo.InvariantCulture, out var replicas) ? replicas : 0;

    /// <summary>The pod that stands in.</summary>
    public static string PodOf(Lease lease) => lease.Metadata.Annotations?.GetValueOrDefault(PodKey) ?? "";

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
