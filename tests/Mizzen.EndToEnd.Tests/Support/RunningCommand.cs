using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Mizzen.Testing;

namespace Mizzen.EndToEnd.Tests.Support;

/// <summary>A program that runs while the test does something else; it is killed when the test has not ended it.</summary>
internal sealed partial class RunningCommand : IDisposable
{
    private const int SigTerm = 15;

    private readonly Process _process;
    private readonly StringBuilder _said = new();

    public RunningCommand(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>What it has written so far, both streams.</summary>
    public string Said
    {
        get
        {
            lock (_said)
            {
                return _said.ToString();
            }
        }
    }

    /// <summary>Waits until it has written something.</summary>
    public Task SaysAsync(string text) => Eventually.HoldsAsync(
        () => Said.Contains(text, StringComparison.Ordinal), () => $"'{text}' in:\n{Said}", TestContext.Current.CancellationToken);

    /// <summary>Asks it to end, and waits until it has; its exit code.</summary>
    public async Task<int> EndAsync()
    {
        _ = kill(_process.Id, SigTerm);
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Kills it, as <c>kill -9</c> does.</summary>
    public void Kill() => _process.Kill();

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private void Keep(string? line)
    {
        lock (_said)
        {
            _said.Append(line).Append('\n');
        }
    }

    [LibraryImport("libc")]
    private static partial int kill(int processId, int signal);
}
