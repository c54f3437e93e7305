using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Mizzen.Cluster.Node;

/// <summary>How a program's standard streams are made.</summary>
/// <param name="Input">Whether somebody may write to it; else its input is at its end.</param>
/// <param name="Terminal">Whether all three are one terminal.</param>
internal readonly record struct ProgramStreams(bool Input, bool Terminal);

/// <summary>
/// A program that was started by the calling thread, in whose namespaces it is. The runtime, as process 1, reaps every child, so that
/// only its own Process can hear how one ended; and that knows pipes only.
/// </summary>
internal sealed partial class ChildProcess : IDisposable
{
    private readonly Process _process;
    private readonly PseudoTerminal? _terminal;

    private ChildProcess(Process process, PseudoTerminal? terminal, Stream? input, Stream output, Stream? errors)
    {
        _process = process;
        _terminal = terminal;
        (Input, Output, Errors) = (input, output, errors);
        Exit = ExitAsync();
    }

    public int Id => _process.Id;

    public Stream? Input { get; }

    public Stream Output { get; }

    /// <summary>Null with a terminal, which has only one output.</summary>
    public Stream? Errors { get; }

    /// <summary>The exit code, or 128 and the number of the signal that ended it.</summary>
    public Task<int> Exit { get; }

    /// <summary>Starts a program.</summary>
    /// <param name="path">The program's file.</param>
    /// <param name="start">Its arguments, environment, folder and streams.</param>
    /// <exception cref="NodeException">It cannot be started.</exception>
    public static ChildProcess Start(string path, ContainerStart start) =>
        start.Streams.Terminal ? StartOnTerminal(path, start) : StartOnPipes(path, start);

    public void Signal(int signal)
    {
        if (!Exit.IsCompleted)
        {
            _ = kill(Id, signal);
        }
    }

    public void Resize(ushort width, ushort height) => _terminal?.Resize(width, height);

    public void Dispose()
    {
        Input?.Dispose();
        Output.Dispose();
        Errors?.Dispose();
        _ = Exit.ContinueWith(_ => _process.Dispose(), TaskScheduler.Default);
    }

    private async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    private static ChildProcess StartOnPipes(string path, ContainerStart start)
    {
        var process = Launch(path, start.Command.Skip(1), start);
        if (!start.Streams.Input)
        {
            process.StandardInput.Close();
        }

        return new ChildProcess(
            process, null, start.Streams.Input ? process.StandardInput.BaseStream : null, process.StandardOutput.BaseStream, process.StandardError.BaseStream);
    }

    // setsid(1) makes the terminal, which the shell has opened, the one that controls the program, and becomes the program.
    private static ChildProcess StartOnTerminal(string path, ContainerStart start)
    {
        var terminal = PseudoTerminal.Open();
        var stream = new PipeEnd(terminal.Descriptor);
        try
        {
            var script = $"exec \"$0\" --ctty \"$@\" <>{terminal.Path} >&0 2>&0";
            var process = Launch(ProgramPath.Find("sh", null), ["-c", script, ProgramPath.Find("setsid", null), path, .. start.Command.Skip(1)], start);
            process.StandardInput.Close();
            process.StandardOutput.Close();
            process.StandardError.Close();
            return new ChildProcess(process, terminal, stream, stream, null);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    private static Process Launch(string path, IEnumerable<string> arguments, ContainerStart start)
    {
        var info = new ProcessStartInfo(path, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = start.WorkingFolder,
        };
        info.Environment.Clear();
        foreach (var (name, value) in start.Environment)
        {
            info.Environment[name] = value;
        }

        try
        {
            return Process.Start(info) ?? throw new NodeException($"{path} did not start");
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new NodeException($"exec: \"{path}\": {error.Message}");
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int processId, int signal);
}
