using System.Diagnostics;

namespace Mizzen.Cluster.Sandbox;

/// <summary>
/// How the cluster process is started: through unshare(1), because user namespaces cannot be made by a program that has threads, and
/// every .NET program has. It gets a user, a mount and a pid namespace; when it ends, everything in them ends.
/// </summary>
public static class SandboxCommand
{
    private static readonly string[] Namespaces = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];

    // A user namespace in which every number stands for itself. Somebody outside must write its map, and unshare cannot; the write is
    // refused until the namespace is there. Without a map a program has no privileges, so that whoever waits for it starts the next.
    private const string WithEveryUserScript = """
        identity() { while read -r first _ count; do printf '%s %s %s\n' "$first" "$first" "$count"; done <"$1"; }
        users=$(identity /proc/self/uid_map)
        groups=$(identity /proc/self/gid_map)
        ( (
            until { printf '%s\n' "$users" >"/proc/$$/uid_map"; } 2>/dev/null; do [ -d "/proc/$$" ] || exit; done
            printf '%s\n' "$groups" >"/proc/$$/gid_map"
        ) & )
        exec unshare --user -- sh -c 'until read -r _ </proc/self/gid_map; do :; done; exec "$@"' sh "$@"
        """;

    private static readonly Lazy<Sandbox> Best = new(Choose);

    private delegate IReadOnlyList<string> Form(IReadOnlyList<string> program);

    /// <summary>The command that runs <paramref name="program"/> inside, in the best way that this machine allows.</summary>
    public static IReadOnlyList<string> For(IReadOnlyList<string> program) => Best.Value.Form(program);

    /// <summary>The command that runs it inside with one user, as which the caller's files belong to root.</summary>
    public static IReadOnlyList<string> WithOneUser(IReadOnlyList<string> program) => ["unshare", "--user", "--map-root-user", .. Namespaces, "--", .. program];

    /// <summary>Tries it; null when it works, else what is in the way and the command that moves it.</summary>
    public static string? Diagnose() => Best.Value.Failure;

    // As root with all numbers that there are; as somebody else with those in /etc/subuid, if newuidmap can give them. Root could do
    // without a user namespace, and must where user namespaces are switched off.
    private static Sandbox Choose()
    {
        try
        {
            Form[] forms = Environment.IsPrivilegedProcess ? [WithEveryUser, WithOneUser, WithoutUsers] : HasNewUidMap() ? [WithOwnUsers, WithOneUser] : [WithOneUser];
            var error = "";
            foreach (var form in forms)
            {
                (var code, error) = Run(form(["true"]));
                if (code == 0)
                {
                    return new Sandbox(form, null);
                }
            }

            return new Sandbox(forms[^1], $"this machine does not allow namespaces: {SandboxObstacle.Find(SandboxObstacle.OfThisMachine, Environment.IsPrivilegedProcess) ?? error.Trim()}");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return new Sandbox(WithoutUsers, "unshare is missing; install it:  apt-get install util-linux");
        }
    }

    private static IReadOnlyList<string> WithEveryUser(IReadOnlyList<string> program) => ["sh", "-c", WithEveryUserScript, "sh", .. WithoutUsers(program)];

    private static IReadOnlyList<string> WithOwnUsers(IReadOnlyList<string> program) => ["unshare", "--user", "--map-root-user", "--map-auto", .. Namespaces, "--", .. program];

    private static IReadOnlyList<string> WithoutUsers(IReadOnlyList<string> program) => ["unshare", .. Namespaces, "--", .. program];

    private static bool HasNewUidMap() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "newuidmap")));

    private static (int Code, string Error) Run(IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error);
    }

    private sealed record Sandbox(Form Form, string? Failure);
}
