using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Node;

/// <summary>Who a container's programs shall be: what its securityContext and the pod's say together.</summary>
/// <param name="User">User number.</param>
/// <param name="Group">First group.</param>
/// <param name="Groups">The others.</param>
internal sealed record ContainerUser(long User, long Group, IReadOnlyList<long> Groups)
{
    private const long Root = 0;

    /// <summary>The fields that asked for it, with their values.</summary>
    public required string Fields { get; init; }

    /// <summary>Null when nobody asked for anything but what every program is anyway: the cluster's own root.</summary>
    public static ContainerUser? Of(PodSecurityContext? pod, SecurityContext? container)
    {
        var user = container?.RunAsUser ?? pod?.RunAsUser ?? Root;
        var group = container?.RunAsGroup ?? pod?.RunAsGroup ?? Root;
        var files = pod?.FsGroup ?? Root;
        var more = pod?.SupplementalGroups ?? [];
        long[] groups = [.. more, .. files == Root ? Array.Empty<long>() : [files]];
        return user == Root && group == Root && groups.All(number => number == Root)
            ? null
            : new ContainerUser(user, group, groups) { Fields = Named(("runAsUser", [user]), ("runAsGroup", [group]), ("fsGroup", [files]), ("supplementalGroups", more)) };
    }

    private static string Named(params (string Name, IReadOnlyList<long> Values)[] fields) => string.Join(
        ", ", fields.Where(field => field.Values.Any(value => value != Root)).Select(field => $"{field.Name} {string.Join(' ', field.Values)}"));

    /// <summary>Refuses a container that must not be root and would be (the kubelet's rule and words).</summary>
    /// <exception cref="ContainerConfigException">It would.</exception>
    public static void RequireAllowed(Pod pod, Container container)
    {
        var own = container.SecurityContext;
        var shared = pod.Spec?.SecurityContext;
        if ((own?.RunAsNonRoot ?? shared?.RunAsNonRoot) != true || (own?.RunAsUser ?? shared?.RunAsUser) is > Root)
        {
            return;
        }

        var reason = own?.RunAsUser is null && shared?.RunAsUser is null
            ? "container has runAsNonRoot and image will run as root, give it a runAsUser"
            : "container's runAsUser breaks non-root policy";
        throw new ContainerConfigException($"{reason} (pod: \"{pod.Metadata.Name}_{pod.Metadata.Namespace}({pod.Metadata.Uid})\", container: {container.Name})");
    }
}

/// <summary>What a container asks for cannot be, whatever the machine: the message says what.</summary>
public class ContainerConfigException(string message) : NodeException(message);
