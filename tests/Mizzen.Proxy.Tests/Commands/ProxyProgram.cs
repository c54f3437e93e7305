using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Mizzen.Testing;

namespace Mizzen.Proxy.Tests.Commands;

/// <summary>mizzen-proxy as a process of its own.</summary>
internal sealed partial class ProxyProgram : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _errors = new();

    private ProxyProgram(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Keep(_output, line.Data);
        process.ErrorDataReceived += (_, line) => Keep(_errors, line.Data);
        _ = process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>
    /// The program of this build, from its own folder: the copy beside the tests lacks what the tests take from elsewhere. The environment
    /// variable <c>MIZZEN_PROXY_PROGRAM</c> names another, for example the native one.
    /// </summary>
    public static string Path { get; } = Environment.GetEnvironmentVariable("MIZZEN_PROXY_PROGRAM")
        ?? Repository.PathOf("artifacts", "bin", "Mizzen.Proxy", new DirectoryInfo(AppContext.BaseDirectory).Name, "mizzen-proxy");

    public string Output => string.Concat(_output.Select(line => line + "\n"));

    public string Errors => string.Concat(_errors.Select(line => line + "\n"));

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    public static ProxyProgram Start(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? through = null)
    {
        string[] command = [.. through?.Split(' ') ?? [], Path, .. arguments];
        var info = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            info.Environment[name] = value;
        }

        return new ProxyProgram(new Process { StartInfo = info });
    }

    /// <summary>Runs to the end.</summary>
    public static async Task<ProxyProgram> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken, string? through = null)
    {
        var program = Start(arguments, null, through);
        await program.WaitAsync(cancellationToken);
        return program;
    }

    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken).WaitAsync(Eventually.Patience, cancellationToken);
        // Output is complete only after a wait without a limit.
        await _process.WaitForExitAsync(cancellationToken);
    }

    /// <summary>Sends SIGTERM.</summary>
    public void Terminate() => Signal("TERM");

    /// <summary>Sends a signal.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    /// <summary>The endpoint behind a word of the log, once it is there: <c>admin 127.0.0.1:4711</c>.</summary>
    public async Task<IPEndPoint> EndPointAsync(string word, CancellationToken cancellationToken)
    {
        IPEndPoint? found = null;
        await Eventually.HoldsAsync(
            () =>
            {
                Assert.False(HasExited, Errors);
                var match = EndPoint().Matches(Errors).FirstOrDefault(match => match.Groups["word"].Value == word);
                return match is not null && IPEndPoint.TryParse(match.Groups["address"].Value, out found);
            },
            $"the log names {word}",
            cancellationToken);
        return new IPEndPoint(IPAddress.Loopback, found!.Port);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static void Keep(ConcurrentQueue<string> lines, string? line)
    {
        if (line is not null)
        {
            lines.Enqueue(line);
        }
    }

    [GeneratedRegex(@"(?<word>admin|readiness|metrics|agent) (?:on http://)?(?<address>[0-9.]+:[0-9]+)")]
    private static partial Regex EndPoint();
}
