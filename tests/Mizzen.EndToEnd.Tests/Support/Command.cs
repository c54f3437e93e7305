using System.Diagnostics;

namespace Mizzen.EndToEnd.Tests.Support;

/// <summary>Runs a program to its end and keeps what it said.</summary>
internal static class Command
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    public static async Task<CommandResult> RunAsync(
        IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken, string? input = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        using var process = Process.Start(StartInfo(command, environment)) ?? throw new InvalidOperationException($"{command[0]} did not start");
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            await process.WaitForExitAsync(limit.Token);
            return new CommandResult(string.Join(' ', command), process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>Starts a program that the test ends.</summary>
    public static RunningCommand Start(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment) =>
        new(Process.Start(StartInfo(command, environment)) ?? throw new InvalidOperationException($"{command[0]} did not start"));

    private static ProcessStartInfo StartInfo(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return start;
    }
}

/// <summary>How a program ended.</summary>
internal sealed record CommandResult(string Command, int ExitCode, string Output, string Errors)
{
    /// <summary>Both streams, for messages.</summary>
    public string Everything => $"$ {Command}\n{Output}{Errors}(exit code {ExitCode})";

    /// <summary>What it wrote, provided that it succeeded.</summary>
    public string Succeeded()
    {
        Assert.True(ExitCode == 0, Everything);
        return Output;
    }

    /// <summary>What it complained about, provided that it failed.</summary>
    public string Failed()
    {
        Assert.True(ExitCode != 0, Everything);
        return Output + Errors;
    }
}
