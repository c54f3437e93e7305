namespace Mizzen.Cluster.Sandbox;

/// <summary>Which setting of a machine forbids namespaces, and the command that allows them.</summary>
internal static class SandboxObstacle
{
    /// <summary>What this machine's files say; null for one that is not there.</summary>
    public static string? OfThisMachine(string file) => File.Exists(file) ? File.ReadAllText(file).Trim() : null;

    /// <summary>Looks for it; null when it is none of the known ones.</summary>
    /// <param name="read">Reads a file of the machine; null when there is none.</param>
    /// <param name="isRoot">Whether root asks, whom some settings do not concern.</param>
    public static string? Find(Func<string, string?> read, bool isRoot)
    {
        if (read("/proc/sys/user/max_user_namespaces") == "0" && !isRoot)
        {
            return "user.max_user_namespaces is 0; allow them:  sudo sysctl -w user.max_user_namespaces=10000   (or run as root)";
        }

        if (Limits.FirstOrDefault(limit => read($"/proc/sys/user/{limit}") == "0") is { } none)
        {
            return $"user.{none} is 0; allow them:  sudo sysctl -w user.{none}=10000";
        }

        if (read("/proc/sys/kernel/unprivileged_userns_clone") == "0" && !isRoot)
        {
            return "kernel.unprivileged_userns_clone is 0; allow it:  sudo sysctl -w kernel.unprivileged_userns_clone=1   (or run as root)";
        }

        if (read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1" && !isRoot)
        {
            return "AppArmor restricts user namespaces; allow them:  sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0   (or run as root)";
        }

        return read("/.dockerenv") is not null || read("/run/.containerenv") is not null
            ? "this container forbids them; start it with:  docker run --privileged …"
            : null;
    }

    private static readonly string[] Limits = ["max_mnt_namespaces", "max_pid_namespaces"];
}
