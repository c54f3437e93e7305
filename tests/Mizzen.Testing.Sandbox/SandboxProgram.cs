using System.Diagnostics;
using System.Reflection;
using Mizzen.Cluster.Sandbox;

namespace Mizzen.Testing.Sandbox;

/// <summary>This test program, started again inside a sandbox to run some of its explicit tests.</summary>
public sealed class SandboxProgram : IDisposable
{
    public const string CurrentUser = "the current user";
    public const string OrdinaryUser = "an ordinary user";

    private static readonly string[] AsNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];
    private static readonly string Program = Tests.Location;

    /// <summary>The test program that runs.</summary>
    public static Assembly Tests => Assembly.GetEntryAssembly()!;

    /// <summary>Whoever runs the tests and, if that is root, an ordinary user too (where one may read this folder).</summary>
    public static IReadOnlyList<string> Users { get; } = Environment.IsPrivilegedProcess && NobodyCanRead() ? [CurrentUser, OrdinaryUser] : [CurrentUser];

    private readonly string _temporary = Directory.CreateTempSubdirectory("mizzen-sandbox-").FullName;

    private SandboxProgram(string user, IReadOnlyList<string> selection)
    {
        // Whatever the tests inside leave behind when they are killed.
        File.SetUnixFileMode(_temporary, (UnixFileMode)511);
        Process = StartFor(user, [.. selection], _temporary);
    }

    /// <summary>The outermost process: unshare.</summary>
    public Process Process { get; }

    /// <summary>Starts the tests that the selection (xunit's arguments) names, as one of <see cref="Users"/>.</summary>
    public static SandboxProgram Start(string user, params string[] selection) => new(user, selection);

    public void Dispose()
    {
        Process.Kill(entireProcessTree: true);
        Process.WaitForExit();
        Process.Dispose();
        Directory.Delete(_temporary, recursive: true);
    }

    private static Process StartFor(string user, string[] selection, string temporary)
    {
        var command = user == OrdinaryUser ? AsOrdinaryUser(ProgramFor(selection)) : SandboxCommand.For(ProgramFor(selection));
        var start = new ProcessStartInfo(command[0])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(Program)!,
        };
        foreach (var argument in command.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["TMPDIR"] = temporary;
        if (user == OrdinaryUser)
        {
            start.Environment["HOME"] = temporary;
        }

        return Process.Start(start)!;
    }

    private static string[] ProgramFor(string[] selection) => ["dotnet", Program, "-explicit", "only", "-noColor", "-noLogo", .. selection];

    private static IReadOnlyList<string> AsOrdinaryUser(string[] program) => [.. AsNobody, .. SandboxCommand.WithOneUser(program)];

    private static bool NobodyCanRead()
    {
        using var process = Process.Start(new ProcessStartInfo(AsNobody[0], [.. AsNobody.Skip(1), "dotnet", Program, "-list", "classes"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
