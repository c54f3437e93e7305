using System.Reflection;
using Xunit;

namespace Mizzen.Testing.Sandbox;

/// <summary>
/// Runs every class of sandboxed tests inside, as root and as an ordinary user. A test program that has such classes derives one class
/// from this one.
/// </summary>
public abstract class SandboxedClasses
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    /// <summary>Every class of the test program that has sandboxed tests, with every user to run it as.</summary>
    public static TheoryData<string, string> Rows =>
        new(SandboxProgram.Tests.GetTypes()
            .Where(type => type.GetMethods().Any(IsSandboxed) && !type.IsDefined(typeof(HelperProgramAttribute), false))
            .SelectMany(type => SandboxProgram.Users.Select(user => (type.FullName!, user))));

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Pass_inside_for(string scenarios, string user)
    {
        var token = TestContext.Current.CancellationToken;
        using var program = SandboxProgram.Start(user, "-class", scenarios);
        var process = program.Process;
        var output = process.StandardOutput.ReadToEndAsync(token);
        var errors = process.StandardError.ReadToEndAsync(token);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(token);
        patience.CancelAfter(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
        }

        var text = $"{await output}{await errors}";
        Assert.True(process.ExitCode == 0 && !text.Contains("Total: 0", StringComparison.Ordinal), $"as {user}:\n{text}");
    }

    private static bool IsSandboxed(MethodInfo method) =>
        method.IsDefined(typeof(SandboxedFactAttribute), false) || method.IsDefined(typeof(SandboxedTheoryAttribute), false);
}
