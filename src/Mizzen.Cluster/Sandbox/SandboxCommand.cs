using System.Diagnostics;

namespace Mizzen.Cluster.Sandbox;

/// <summary>
/// How the cluster process is started: through unshare(1), because user namespaces cannot be made by a program that has threads, and
/// every .NET program has. It gets a user, a mount and a pid namespace; when it ends, everything in them ends.
/// </summary>
public static class SandboxCommand
{
    private static readonly string[] Namespaces = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
    private static readonly string[] AsUser = ["--user", "--map-root-user"];

    /// <summary>The command that runs <paramref name="program"/> inside.</summary>
    public static IReadOnlyList<string> For(IReadOnlyList<string> program) =>
        ["unshare", .. NeedsUserNamespace() ? AsUser : [], .. Namespaces, "--", .. program];

    /// <summary>Tries it; null when it works, else what is in the way and the command that moves it.</summary>
    public static string? Diagnose()
    {
        try
        {
            var (code, error) = Run([.. For(["true"])]);
            return code == 0 ? null : $"this machine does not allow namespaces: {Cause() ?? error.Trim()}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "unshare is missing; install it:  apt-get install util-linux";
        }
    }

    // Root could do without a user namespace, and must where user namespaces are switched off.
    private static bool NeedsUserNamespace() =>
        !Environment.IsPrivilegedProcess || Run(["unshare", .. AsUser, "--", "true"]).Code == 0;

    private static string? Cause()
    {
        if (Setting("/proc/sys/user/max_user_namespaces") == "0")
        {
            return "user.max_user_namespaces is 0; allow them:  sudo sysctl -w user.max_user_namespaces=10000";
        }

        if (Setting("/proc/sys/kernel/unprivileged_userns_clone") == "0" && !Environment.IsPrivilegedProcess)
        {
            return "kernel.unprivileged_userns_clone is 0; allow it:  sudo sysctl -w kernel.unprivileged_userns_clone=1   (or run as root)";
        }

        if (Setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1" && !Environment.IsPrivilegedProcess)
        {
            return "AppArmor restricts user namespaces; allow them:  sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0   (or run as root)";
        }

        return File.Exists("/.dockerenv") || File.Exists("/run/.containerenv")
            ? "this container forbids them; start it with:  docker run --privileged …"
            : null;
    }

    private static string? Setting(string file) => File.Exists(file) ? File.ReadAllText(file).Trim() : null;

    private static (int Code, string Error) Run(IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in command.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error);
    }
}
