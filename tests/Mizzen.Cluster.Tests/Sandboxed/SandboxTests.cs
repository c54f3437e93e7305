namespace Mizzen.Cluster.Tests.Sandboxed;

/// <summary>Runs every class of sandboxed tests inside, as root and as an ordinary user.</summary>
public sealed class SandboxTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    public static TheoryData<string, string> Rows =>
        new(typeof(SandboxTests).Assembly.GetTypes()
            .Where(type => type.GetMethods().Any(method => method.IsDefined(typeof(SandboxedFactAttribute), false)) && !type.IsDefined(typeof(HelperProgramAttribute), false))
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
}

/// <summary>Tests that are programs of other tests: they end when somebody ends them.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class HelperProgramAttribute : Attribute;
