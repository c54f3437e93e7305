using System.Globalization;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Registration;

/// <summary>The WorkloadEntry of a proxy that connects for a WorkloadGroup, in Istio's form.</summary>
internal static class RegisteredWorkload
{
    public const string Group = "istio.io/autoRegistrationGroup";
    public const string Controller = "istio.io/workloadController";
    public const string ConnectedAt = "istio.io/connectedAt";
    public const string DisconnectedAt = "istio.io/disconnectedAt";
    public const string HealthChecks = "proxy.istio.io/health-checks-enabled";
    private const int LongestName = 253;

    /// <summary><c>group-address</c>, and the network behind it where there is one.</summary>
    public static string NameOf(string group, ProxyView proxy)
    {
        var network = NetworkOf(proxy);
        var name = $"{group}-{proxy.Address.ToString().Replace(':', '-')}{(network.Length > 0 ? "-" + network : "")}".ToLowerInvariant();
        return name.Length <= LongestName ? name : name[^LongestName..].TrimStart('-', '.');
    }

    public static WorkloadEntry Of(WorkloadGroup group, ProxyView proxy, string? serviceAccount, string controller, DateTimeOffset now)
    {
        var template = group.Spec?.Template ?? new WorkloadEntrySpec();
        var labels = Joined(group.Spec?.Metadata?.Labels, proxy.Labels);
        var network = NetworkOf(proxy);
        return new WorkloadEntry
        {
            Metadata = new ObjectMeta
            {
                Name = NameOf(group.Metadata.Name!, proxy),
                Namespace = proxy.Namespace,
                Labels = labels,
                Annotations = AnnotationsOf(group, controller, now),
                OwnerReferences =
                [
                    new OwnerReference { ApiVersion = "networking.istio.io/v1", Kind = nameof(WorkloadGroup), Name = group.Metadata.Name!, Uid = group.Metadata.Uid ?? "", Controller = true },
                ],
            },
            Spec = template with
            {
                Address = proxy.Address.ToString(),
                Labels = labels,
                Network = network.Length > 0 ? network : template.Network,
                ServiceAccount = template.ServiceAccount ?? serviceAccount,
            },
        };
    }

    /// <summary>A moment as these annotations write it.</summary>
    public static string Text(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);

    private static Dictionary<string, string> AnnotationsOf(WorkloadGroup group, string controller, DateTimeOffset now)
    {
        var annotations = Joined(group.Spec?.Metadata?.Annotations, new Dictionary<string, string>
        {
            [Group] = group.Metadata.Name!,
            [Controller] = controller,
            [ConnectedAt] = Text(now),
        });
        if (group.Spec?.Probe is not null)
        {
            annotations[HealthChecks] = "true";
        }

        return annotations;
    }

    private static Dictionary<string, string> Joined(IReadOnlyDictionary<string, string>? below, IReadOnlyDictionary<string, string> above)
    {
        var all = new Dictionary<string, string>(below ?? new Dictionary<string, string>(), StringComparer.Ordinal);
        foreach (var (name, value) in above)
        {
            all[name] = value;
        }

        return all;
    }

    private static string NetworkOf(ProxyView proxy) => proxy.Metadata.GetValueOrDefault("NETWORK") ?? "";
}
